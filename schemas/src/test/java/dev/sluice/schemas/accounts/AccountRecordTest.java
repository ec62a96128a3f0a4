package dev.sluice.schemas.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.BudgetState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

final class AccountRecordTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901Z");
    private static final Limits LIMITS =
            new Limits(
                    2_000_000_000_000L,
                    "30d",
                    NOW,
                    5L,
                    60L,
                    1000L,
                    3L,
                    Map.of("a", 1L),
                    Map.of("b", 2L),
                    Map.of("c", new Limits.ModelBudget(7, "1d")));

    static Stream<Account> accounts() {
        return Stream.of(
                new ApiKey(
                        "ab12",
                        4,
                        "sk-...abcd",
                        "ci",
                        "u1",
                        "t1",
                        "o1",
                        NOW,
                        true,
                        List.of("gpt-*"),
                        Map.of("x", "y"),
                        List.of("/chat/completions"),
                        List.of("tag"),
                        List.of("no-cache"),
                        true,
                        LIMITS,
                        "b1"),
                new Account.Team(
                        "t1",
                        2,
                        "Core",
                        "o1",
                        false,
                        List.of(),
                        Map.of("q", "r"),
                        List.of(),
                        LIMITS,
                        null),
                new Account.User(
                        "u1",
                        3,
                        Role.PROXY_ADMIN_VIEWER,
                        false,
                        List.of("no-default-models"),
                        Limits.NONE,
                        null,
                        List.of(new Membership("t1", true, LIMITS))),
                new Account.Organization("o1", 1, null, List.of("a"), Limits.NONE, "b1"),
                new Account.Customer("c1", 1, true, Limits.NONE, "b1", "eu", "a"),
                new Account.Budget("b1", 9, LIMITS),
                new Account.Deleted("key:ab12", 5));
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void survivesTheTopic(Account account) throws Exception {
        byte[] bytes = Topics.ACCOUNTS.codec().encode(account);

        assertThat(Topics.ACCOUNTS.codec().decode(bytes)).isEqualTo(account);
    }

    @Test
    void isWrittenInTheWordsOfTheTopic() {
        var user =
                new Account.User(
                        "u1",
                        3,
                        Role.PROXY_ADMIN_VIEWER,
                        false,
                        List.of(),
                        Limits.NONE,
                        null,
                        List.of());

        assertThat(new String(Topics.ACCOUNTS.codec().encode(user), UTF_8))
                .isEqualTo(
                        """
                        {"v":1,"kind":"user","id":"u1","version":3,"role":"proxy_admin_viewer","blocked":false,"models":[],\
                        "limits":{"model_rpm":{},"model_tpm":{},"model_budgets":{}},"memberships":[]}\
                        """);
    }

    @Test
    void readsARecordThatLacksWhatALaterVersionAdded() throws Exception {
        byte[] old = "{\"v\":1,\"kind\":\"key\",\"id\":\"ab\",\"version\":1}".getBytes(UTF_8);

        var key = (ApiKey) Topics.ACCOUNTS.codec().decode(old);

        assertThat(key.limits()).isEqualTo(Limits.NONE);
        assertThat(key.models()).isEmpty();
    }

    @Test
    void budgetStatesSurviveTheTopic() throws Exception {
        var state =
                new BudgetState(
                        BudgetState.keyAndModel("ab", "gpt-4o"),
                        NOW,
                        null,
                        1,
                        2,
                        Map.of("journal.1", 1L),
                        NOW);

        byte[] bytes = Topics.BUDGETS.codec().encode(state);

        assertThat(Topics.BUDGETS.codec().decode(bytes)).isEqualTo(state);
    }

    @Test
    void aSignatureHoldsForItsRecordItsKeyAndItsSecretOnly() {
        var ours = new RecordSignature(new Secret("ours"));
        byte[] value = "{}".getBytes(UTF_8);
        byte[] signature = ours.of("key:a", value);

        assertThat(ours.isOf("key:a", value, signature)).isTrue();
        assertThat(ours.isOf("key:b", value, signature)).isFalse();
        assertThat(ours.isOf("key:a", "{ }".getBytes(UTF_8), signature)).isFalse();
        assertThat(ours.isOf("key:a", value, null)).isFalse();
        assertThat(new RecordSignature(new Secret("theirs")).isOf("key:a", value, signature))
                .isFalse();
    }

    @Test
    void limitsOfABudgetHoldWhereTheAccountsOwnSayNothing() {
        var own = new Limits(null, null, null, null, 5L, null, null, Map.of(), Map.of(), Map.of());

        Limits both = own.or(LIMITS);

        assertThat(both.rpm()).isEqualTo(5);
        assertThat(both.tpm()).isEqualTo(1000);
        assertThat(both.budgetDuration()).isEqualTo("30d");
        assertThat(Limits.NONE.isUnlimited()).isTrue();
        assertThat(both.isUnlimited()).isFalse();
    }
}
