package dev.sluice.ingress.auth;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.accounts.KeyHash;
import dev.sluice.ingress.accounts.Resolution;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.schemas.accounts.Account.Customer;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class RequestRulesTest {

    private static final Caller MASTER = Caller.master("hash");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"metadata\":{\"tags\":[\"a\"]}",
                "\"metadata\":{\"tags\":[]}",
                "\"metadata\":{\"tags\":\"a\"}",
                "\"metadata\":{\"a\":{\"b\":[1]},\"tags\":[\"a\"]}",
                "\"met\\u0061data\":{\"t\\u0061gs\":[\"a\"]}",
                "\"metadata\":{\"tags\":null,\"tags\":[\"a\"]}",
                "\"litellm_metadata\":{\"tags\":[\"a\"]}",
                "\"tags\":[\"a\"]"
            })
    void a19RefusesTagsOfClientsHoweverTheyAreWritten(String field) {
        ApiError error = requireNonNull(refusal(rules(true, false), MASTER, field, null));
        assertThat(error.status()).isEqualTo(400);
        assertThat(refusal(rules(false, false), MASTER, field, null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"metadata\":{\"tag\":1}",
                "\"metadata\":null",
                "\"metadata\":\"tags\"",
                "\"metadata\":{\"tags\":null}",
                "\"metadata\":{\"deep\":{\"tags\":[1]}}",
                "\"other\":{\"tags\":[1]}",
                "\"x\":\"tags\""
            })
    void refusesNothingElseForItsTags(String field) {
        assertThat(refusal(rules(true, false), MASTER, field, null)).isNull();
    }

    @Test
    void asksForAUserWhereTold() {
        assertThat(refusal(rules(false, true), MASTER, "\"user\":\"u\"", null)).isNull();
        for (String field :
                List.of("\"x\":1", "\"user\":null", "\"user\":\"\"", "\"user\":\" \"")) {
            ApiError error = requireNonNull(refusal(rules(false, true), MASTER, field, null));
            assertThat(error.param()).isEqualTo("user");
            assertThat(error.status()).isEqualTo(400);
        }
    }

    @Test
    void refusesABlockedEndUserAndOneWhoseBudgetIsMissing() {
        ApiError blocked =
                requireNonNull(refusal(rules(false, false), MASTER, "\"user\":\"blocked\"", null));
        ApiError unready =
                requireNonNull(refusal(rules(false, false), MASTER, "\"user\":\"unready\"", null));
        assertThat(blocked.status()).isEqualTo(400);
        assertThat(unready.status()).isEqualTo(503);
        assertThat(refusal(rules(false, false), MASTER, "\"user\":\"good\"", null)).isNull();
        assertThat(refusal(rules(false, false), MASTER, "\"user\":\"new\"", null)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`\"cache\":{\"no-store\":true}`, , no-store",
                "`\"cache\":{\"ttl\":5}`, , ttl",
                "`\"cache\":{\"s-maxage\":5}`, , s-maxage",
                "`\"cache\":{\"namespace\":\"n\"}`, , namespace",
                "`\"cache\":{\"use-cache\":true}`, , use-cache",
                "`\"x\":1`, No-Store, no-store",
                "`\"x\":1`, `max-age=5`, s-maxage"
            })
    void c14RefusesCacheControlsThatTheKeyMayNotSet(
            String field, @Nullable String header, String control) {
        Caller caller = caller("no-cache");

        ApiError error = requireNonNull(refusal(rules(false, false), caller, field, header));
        assertThat(error.status()).isEqualTo(403);
        assertThat(error.message())
                .startsWith("Not allowed to set %s as a cache control".formatted(control));
    }

    @Test
    void allowsTheCacheControlsOfTheKeyAndAllWithoutAList() {
        String field = "\"cache\":{\"no-cache\":true}";

        assertThat(refusal(rules(false, false), caller("no-cache"), field, "no-cache")).isNull();
        assertThat(refusal(rules(false, false), caller(), field, "no-store")).isNull();
        assertThat(refusal(rules(false, false), MASTER, field, "no-store")).isNull();
    }

    private static @Nullable ApiError refusal(
            RequestRules rules, Caller caller, String field, @Nullable String header) {
        byte[] body =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],%s}"
                        .formatted(field)
                        .getBytes(UTF_8);
        var facts =
                (RequestPeek.Facts)
                        RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, false);
        var users = (EndUserNames.Known) rules.endUsers(_ -> List.of(), facts);
        return rules.refusal(caller, facts, users.names(), body, body.length, header, false);
    }

    private static RequestRules rules(boolean refusesTags, boolean needsUser) {
        return new RequestRules(
                new AccessSettings(
                        null,
                        false,
                        List.of(),
                        List.of(),
                        List.of(),
                        false,
                        refusesTags,
                        needsUser,
                        Map.of(),
                        Map.of()),
                new EndUsers());
    }

    private static Caller caller(String... controls) {
        return Caller.of(
                new KeyAccounts(
                        key("sk").cacheControls(controls).build(),
                        null,
                        null,
                        null,
                        null,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE));
    }

    private static final class EndUsers implements KeyDirectory {

        @Override
        public @Nullable Limits budget(String id) {
            return null;
        }

        @Override
        public Resolution resolve(KeyHash hash, boolean mayWait) {
            return Resolution.UNKNOWN;
        }

        @Override
        public @Nullable EndUser endUser(String id) {
            var customer = new Customer(id, 1, id.equals("blocked"), Limits.NONE, null, null, null);
            return switch (id) {
                case "blocked", "good" -> new EndUser(customer, Limits.NONE);
                case "unready" -> new EndUser(customer, null);
                default -> null;
            };
        }
    }
}
