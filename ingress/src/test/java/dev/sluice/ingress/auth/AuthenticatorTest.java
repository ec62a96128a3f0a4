package dev.sluice.ingress.auth;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.offer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.accounts.AccountsView;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.accounts.KeyHash;
import dev.sluice.ingress.accounts.Resolution;
import dev.sluice.ingress.accounts.TestingAccounts;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Deleted;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

class AuthenticatorTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("192.0.2.2");

    @TempDir Path data;
    private AccountsView view;
    private long nanos = Long.MAX_VALUE - 5;
    private Authenticator authenticator;

    @BeforeEach
    void start() {
        view = TestingAccounts.view(data);
        authenticator = authenticator(AccessSettings.DEFAULTS);
    }

    @AfterEach
    void stop() {
        view.close();
    }

    @ParameterizedTest
    @CsvSource({
        "authorization, Bearer sk-master",
        "authorization, bearer sk-master",
        "authorization, 'Bearer  sk-master '",
        "x-litellm-api-key, sk-master",
        "x-litellm-api-key, Bearer sk-master",
        "api-key, sk-master",
        "x-api-key, sk-master",
        "x-goog-api-key, sk-master",
        "ocp-apim-subscription-key, sk-master"
    })
    void letsTheMasterKeyInWhereverLiteLlmReadsIt(String header, String value) {
        assertThat(accepted(header, value).isMaster()).isTrue();
        assertThat(accepted(header, value).keyHash()).isEqualTo(Authenticator.hashOf("sk-master"));
    }

    @ParameterizedTest
    @CsvSource({
        "authorization, ''",
        "authorization, Bearer",
        "authorization, 'Bearer '",
        "authorization, Bearer sk-maste",
        "authorization, Bearer sk-master2",
        "authorization, Bearer SK-MASTER",
        "authorization, Bearer Bearer sk-master",
        "authorization, sk-master",
        "authorization, Basic sk-master",
        "x-api-key, sk-other",
        "proxy-authorization, Bearer sk-master",
        "cookie, sk-master"
    })
    void letsNobodyElseIn(String header, String value) {
        ApiError error = refused(header, value);

        assertThat(error.status()).isEqualTo(401);
        assertThat(error.message()).startsWith("Authentication Error, ").doesNotContain("sk-o");
        assertThat(error.message()).doesNotContain("sk-m");
    }

    @ParameterizedTest
    @CsvSource({
        "authorization, '', auth_error, No api key passed in.",
        "authorization, sk-x, auth_error, Malformed API Key passed in.",
        "authorization, Bearer xyz, auth_error, LiteLLM Virtual Key expected. Received=",
        "authorization, Bearer sk-x, token_not_found_in_db, Invalid proxy server token passed."
    })
    void refusesInLiteLlmsWords(String header, String value, String type, String begin) {
        ApiError error = refused(header, value);

        assertThat(error.type()).isEqualTo(type);
        assertThat(error.code()).isEqualTo("401");
        assertThat(error.message()).startsWith("Authentication Error, " + begin);
    }

    @Test
    void takesTheFirstHeaderThatIsThereEvenWhenALaterOneIsGood() {
        assertThat(refused("authorization", "Bearer sk-other", "x-api-key", "sk-master").status())
                .isEqualTo(401);
        assertThat(refused("authorization", "", "x-api-key", "sk-master").status()).isEqualTo(401);
        assertThat(
                        accepted("x-litellm-api-key", "sk-master", "authorization", "Basic x")
                                .isMaster())
                .isTrue();
    }

    @Test
    void refusesAHeaderThatIsSentTwice() {
        for (String second : List.of("Bearer sk-master", "Bearer sk-other", "")) {
            ApiError error = refused("authorization", "Bearer sk-master", "authorization", second);
            assertThat(error.status()).isEqualTo(400);
            assertThat(error.message()).doesNotContain("sk-");
        }
    }

    @Test
    void a13ReadsTheKeyFromTheOperatorsOwnHeaderFirst() {
        authenticator = authenticator(with("X-My-Key", false));

        assertThat(accepted("x-my-key", "Bearer sk-master").isMaster()).isTrue();
        assertThat(accepted("x-my-key", "sk-master", "authorization", "Bearer x").isMaster())
                .isTrue();
        assertThat(refused("x-my-key", "sk-x", "authorization", "Bearer sk-master").status())
                .isEqualTo(401);
        assertThat(accepted("authorization", "Bearer sk-master").isMaster()).isTrue();
    }

    @Test
    void a12RefusesTheHashOfAKey() {
        offer(view, key("sk-one").build());

        assertThat(refused("authorization", "Bearer " + Authenticator.hashOf("sk-one")).type())
                .isEqualTo("auth_error");
        assertThat(refused("authorization", "Bearer " + Authenticator.hashOf("sk-master")).status())
                .isEqualTo(401);
        assertThat(refused("authorization", "Bearer sk-" + Authenticator.hashOf("sk-one")).status())
                .isEqualTo(401);
    }

    @Test
    void tellsTheHolderOfAVirtualKey() {
        offer(
                view,
                TestingAccounts.user("u", Role.INTERNAL_USER),
                new Account.Team(
                        "t",
                        1,
                        null,
                        null,
                        false,
                        List.of(),
                        Map.of(),
                        List.of("blue", "red"),
                        Limits.NONE,
                        null),
                key("sk-one").user("u").team("t").tags("red").build());

        Caller caller = accepted("authorization", "Bearer sk-one");

        assertThat(caller.isAdmin()).isFalse();
        assertThat(caller.role()).isEqualTo(Role.INTERNAL_USER);
        assertThat(caller.tenant()).isEqualTo("team:t");
        assertThat(caller.tags(List.of())).containsExactly("red", "blue");
        assertThat(caller.tags(List.of("blue", "green"))).containsExactly("red", "blue", "green");
        assertThat(caller.owner("e", List.of("green")).tags()).containsExactly("green");
        assertThat(caller.owner("e", List.of()).userId()).isEqualTo("u");
        assertThat(caller.keyHash()).isEqualTo(Authenticator.hashOf("sk-one"));
    }

    @Test
    void aPlainKeyHasNoRoleAndIsATenantOfItsOwn() {
        offer(view, key("sk-one").build());

        Caller caller = accepted("authorization", "Bearer sk-one");

        assertThat(caller.role()).isNull();
        assertThat(caller.isMaster()).isFalse();
        assertThat(caller.tenant()).isEqualTo(caller.keyHash());
    }

    @Test
    void a4RefusesAnExpiredKeyWith400() {
        offer(view, key("sk-one").expires(NOW).build());
        offer(view, key("sk-two").expires(NOW.plusMillis(1)).build());

        ApiError error = refused("authorization", "Bearer sk-one");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.type()).isEqualTo("expired_key");
        assertThat(error.message()).startsWith("Authentication Error - Expired Key.");
        assertThat(accepted("authorization", "Bearer sk-two").isAdmin()).isFalse();
    }

    @Test
    void a16RefusesABlockedKeyAndTakesItAgainUnblocked() {
        offer(view, key("sk-one").version(1).blocked().build());
        ApiError error = refused("authorization", "Bearer sk-one");
        assertThat(error.status()).isEqualTo(401);
        assertThat(error.type()).isEqualTo("auth_error");

        offer(view, key("sk-one").version(2).build());
        assertThat(accepted("authorization", "Bearer sk-one").isAdmin()).isFalse();
    }

    @Test
    void a9RefusesADeletedKey() {
        Account.ApiKey key = key("sk-one").build();
        offer(view, key, new Deleted(key.recordKey(), 2));

        assertThat(refused("authorization", "Bearer sk-one").type())
                .isEqualTo("token_not_found_in_db");
    }

    @Test
    void refusesKeysOfBlockedTeamsAndUsers() {
        offer(
                view,
                new Account.Team(
                        "t",
                        1,
                        null,
                        null,
                        true,
                        List.of(),
                        Map.of(),
                        List.of(),
                        Limits.NONE,
                        null),
                new Account.User(
                        "u", 1, Role.PROXY_ADMIN, true, List.of(), Limits.NONE, null, List.of()),
                key("sk-one").team("t").build(),
                key("sk-two").user("u").build());

        assertThat(refused("authorization", "Bearer sk-one").message()).contains("Team is blocked");
        assertThat(refused("authorization", "Bearer sk-two").message()).contains("User is blocked");
    }

    @Test
    void answers503WhereTheAccountsCannotTell() {
        offer(view, key("sk-one").team("missing").build());
        var notRead =
                new Authenticator(new Secret("sk-master"), new Unread(), AccessSettings.DEFAULTS);

        assertThat(refused("authorization", "Bearer sk-one").status()).isEqualTo(503);
        assertThat(notRead.authenticate(headers("authorization", "Bearer sk-x"), HERE))
                .isInstanceOfSatisfying(
                        Authentication.Refused.class,
                        refused -> assertThat(refused.error().status()).isEqualTo(503));
        assertThat(notRead.authenticate(headers("authorization", "Bearer sk-master"), HERE))
                .isInstanceOf(Authentication.Accepted.class);
    }

    @Test
    void tellsAnAddressThatKeepsFailingToWaitButNeverAGoodKey() {
        offer(view, key("sk-good").build());
        for (int i = 0; i < FailedAttempts.ALLOWED; i++) {
            assertThat(refused("authorization", "Bearer sk-" + i % 3).status()).isEqualTo(401);
        }

        var over =
                (Authentication.Refused)
                        authenticator.authenticate(headers("authorization", "Bearer sk-0"), HERE);
        assertThat(over.error().status()).isEqualTo(429);
        assertThat(over.retryAfterSeconds()).isBetween(1L, 60L);
        assertThat(accepted("authorization", "Bearer sk-good").isAdmin()).isFalse();
        assertThat(accepted("authorization", "Bearer sk-master").isAdmin()).isTrue();
        assertThat(authenticator.authenticate(headers("authorization", "Bearer sk-0"), THERE))
                .isInstanceOfSatisfying(
                        Authentication.Refused.class,
                        refused -> assertThat(refused.error().status()).isEqualTo(401));

        nanos += Duration.ofSeconds(61).toNanos();
        assertThat(refused("authorization", "Bearer sk-0").status()).isEqualTo(401);
    }

    @Test
    void doesNotCountBlockedKeysAsAttempts() {
        offer(view, key("sk-one").blocked().build());

        assertThat(
                        IntStream.range(0, 50)
                                .mapToObj(_ -> refused("authorization", "Bearer sk-one").status()))
                .containsOnly(401);
    }

    @Test
    void countsAnIpv6NetworkAsOneAddress() {
        for (int i = 0; i <= FailedAttempts.ALLOWED; i++) {
            authenticator.authenticate(
                    headers(), InetAddress.ofLiteral("2001:db8:1:2::%x".formatted(i)));
        }

        assertThat(status(authenticator, "2001:db8:1:2:ffff::1")).isEqualTo(429);
        assertThat(status(authenticator, "2001:db8:1:3::1")).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.9", "198.51.100.7, 203.0.113.9", "evil,  203.0.113.9 "})
    void believesTheNearestProxyOnlyWhereTold(String forwarded) {
        HeaderSource headers = headers("x-forwarded-for", forwarded);

        assertThat(authenticator.address(headers, HERE)).isEqualTo(HERE);
        assertThat(authenticator(with(null, true)).address(headers, HERE).getHostAddress())
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "example.org", "203.0.113.9,", "1.2.3.4.5"})
    void looksUpNoNameThatAProxySends(String forwarded) {
        HeaderSource headers = headers("x-forwarded-for", forwarded);

        assertThat(authenticator(with(null, true)).address(headers, HERE)).isEqualTo(HERE);
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.9:4711, 203.0.113.9",
        "[2001:db8::1]:4711, 2001:db8:0:0:0:0:0:1",
        "2001:db8::1, 2001:db8:0:0:0:0:0:1",
        "::ffff:203.0.113.9, 203.0.113.9"
    })
    void readsAnAddressThatAProxyWritesWithItsPort(String forwarded, String address) {
        HeaderSource headers = headers("x-forwarded-for", forwarded);

        assertThat(authenticator(with(null, true)).address(headers, HERE).getHostAddress())
                .isEqualTo(address);
    }

    @Test
    void takesNoProxysAddressForTheCallersWhereItMatters() {
        Authenticator behindProxy = authenticator(with(null, true));
        HeaderSource unreadable = headers("x-forwarded-for", "unknown");

        assertThat(behindProxy.certainAddress(unreadable, HERE)).isNull();
        assertThat(behindProxy.certainAddress(headers(), HERE)).isEqualTo(HERE);
        assertThat(authenticator.certainAddress(unreadable, HERE)).isEqualTo(HERE);
    }

    @Test
    void isOpenOnlyWithoutAMasterKey() {
        var open = new Authenticator(null, KeyDirectory.NONE, AccessSettings.DEFAULTS);

        assertThat(open.isOpen()).isTrue();
        assertThat(open.authenticate(headers(), HERE)).isInstanceOf(Authentication.Accepted.class);
        assertThat(authenticator.isOpen()).isFalse();
    }

    private Caller accepted(String... headers) {
        return ((Authentication.Accepted) authenticator.authenticate(headers(headers), HERE))
                .caller();
    }

    private ApiError refused(String... headers) {
        return ((Authentication.Refused) authenticator.authenticate(headers(headers), HERE))
                .error();
    }

    private static int status(Authenticator authenticator, String address) {
        return ((Authentication.Refused)
                        authenticator.authenticate(headers(), InetAddress.ofLiteral(address)))
                .error()
                .status();
    }

    private Authenticator authenticator(AccessSettings settings) {
        return new Authenticator(new Secret("sk-master"), view, settings, () -> NOW, () -> nanos);
    }

    private static AccessSettings with(@Nullable String header, boolean isForwarded) {
        return new AccessSettings(
                header,
                isForwarded,
                List.of(),
                List.of(),
                List.of(),
                false,
                false,
                false,
                Map.of(),
                Map.of());
    }

    /** Names and values in turn. */
    private static HeaderSource headers(String... lines) {
        List<String> all = Arrays.asList(lines);
        return name ->
                IntStream.range(0, all.size() / 2)
                        .filter(i -> all.get(2 * i).toLowerCase(Locale.ROOT).equals(name))
                        .mapToObj(i -> all.get(2 * i + 1))
                        .toList();
    }

    private static final class Unread implements KeyDirectory {

        @Override
        public @Nullable Limits budget(String id) {
            return null;
        }

        @Override
        public Resolution resolve(KeyHash hash, boolean mayWait) {
            return new Resolution.NotReady("not read");
        }

        @Override
        public @Nullable EndUser endUser(String id) {
            return null;
        }
    }
}
