package dev.sluice.router.budgets;

import static dev.sluice.router.budgets.Accounts.customer;
import static dev.sluice.router.budgets.Accounts.key;
import static dev.sluice.router.budgets.Accounts.limits;
import static dev.sluice.router.budgets.Accounts.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.router.budgets.AccountDirectory.Outcome;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.BudgetState;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

final class AccountDirectoryTest {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final Limits HOURLY = limits(100L, "1h", NOON);

    private final AccountDirectory directory =
            new AccountDirectory(
                    new BudgetPolicy(BudgetRig.SIGNING_KEY, ZoneOffset.UTC, "1mo", null));

    @Test
    void believesWhatIsSigned() {
        assertThat(tell(key("k1", 1, HOURLY))).isEqualTo(Outcome.BELIEVED);

        assertThat(directory.terms("key:k1")).contains(new BudgetTerms("1h", NOON, 0));
        assertThat(directory.terms("key:k2")).isEmpty();
        assertThat(directory.terms("proxy")).contains(new BudgetTerms("1mo", Instant.EPOCH, 0));
    }

    @Test
    void doesNotBelieveWhatOthersWrote() {
        byte[] value = encoded(key("k1", 1, HOURLY));
        byte[] team = encoded(Accounts.team("t1", 1, HOURLY));
        RecordSignature ours = BudgetRig.SIGNATURE;
        var theirs = new RecordSignature(new Secret("theirs"));

        assertThat(directory.accept("key:k1", value, null)).isEqualTo(Outcome.UNSIGNED);
        assertThat(directory.accept("key:k1", null, null)).isEqualTo(Outcome.UNSIGNED);
        assertThat(directory.accept("key:k1", value, new byte[32])).isEqualTo(Outcome.UNSIGNED);
        assertThat(directory.accept("key:k1", value, theirs.of("key:k1", value)))
                .isEqualTo(Outcome.UNSIGNED);
        assertThat(directory.accept("key:k2", value, ours.of("key:k1", value)))
                .isEqualTo(Outcome.UNSIGNED);
        assertThat(directory.accept("key:k1", team, ours.of("key:k1", team)))
                .isEqualTo(Outcome.MISPLACED);
        assertThat(directory.terms("key:k1")).isEmpty();
    }

    @Test
    void believesNothingWithoutAKey() {
        var unbelieving = new AccountDirectory(BudgetPolicy.NONE);
        byte[] value = encoded(key("k1", 1, HOURLY));

        assertThat(unbelieving.accept("key:k1", value, BudgetRig.SIGNATURE.of("key:k1", value)))
                .isEqualTo(Outcome.UNSIGNED);
    }

    @Test
    void saysWhatItCannotRead() {
        assertThat(tell("key:k1", "{")).isEqualTo(Outcome.UNREADABLE);
        assertThat(tell("key:k1", "{\"v\":1,\"kind\":\"cat\"}")).isEqualTo(Outcome.UNREADABLE);
        assertThat(tell("key:k1", "{\"v\":2,\"kind\":\"key\"}")).isEqualTo(Outcome.NEWER);
    }

    @Test
    void goesByTheGreatestVersion() {
        tell(key("k1", 5, HOURLY));

        assertThat(tell(key("k1", 4, limits(1L, "1d", NOON)))).isEqualTo(Outcome.REPEATED);
        assertThat(tell(key("k1", 5, limits(1L, "1d", NOON)))).isEqualTo(Outcome.REPEATED);
        assertThat(directory.terms("key:k1")).contains(new BudgetTerms("1h", NOON, 0));
    }

    @Test
    void doesNotBringBackWhatIsDeleted() {
        tell(key("k1", 1, HOURLY));
        tell(new Account.Deleted("key:k1", 2));

        assertThat(tell(key("k1", 1, HOURLY))).isEqualTo(Outcome.REPEATED);
        assertThat(directory.terms("key:k1")).isEmpty();

        assertThat(tell(key("k1", 3, HOURLY))).isEqualTo(Outcome.BELIEVED);
        assertThat(directory.terms("key:k1")).isPresent();
    }

    @Test
    void takesFromASharedBudgetWhatTheAccountDoesNotSay() {
        tell(new Account.Budget("b1", 1, limits(9L, "7d", NOON.minusSeconds(9), 7L)));
        tell(key("k1", 1, limits(null, null, NOON, 5L), "b1"));
        tell(key("k2", 1, limits(4L, "1h", NOON), "b1"));
        tell(key("k3", 1, limits(null, null, NOON), "none"));
        tell(key("k4", 1, limits(null, null, null, null), "b1"));

        assertThat(directory.terms("key:k1")).contains(new BudgetTerms("7d", NOON, 5));
        assertThat(directory.terms("key:k2")).contains(new BudgetTerms("1h", NOON, 0));
        assertThat(directory.terms("key:k3")).contains(new BudgetTerms(null, NOON, 0));
        assertThat(directory.terms("key:k4")).contains(new BudgetTerms("7d", Instant.EPOCH, 0));
    }

    @Test
    void neverResetsByADurationThatNobodyUnderstands() {
        tell(key("k1", 1, limits(9L, "1 fortnight", NOON)));
        tell(key("k2", 1, limits(9L, "9999999mo", NOON)));

        assertThat(directory.terms("key:k1")).contains(new BudgetTerms(null, NOON, 0));
        BudgetTerms ages = directory.terms("key:k2").orElseThrow();
        assertThat(ages.period(ZoneOffset.UTC, NOON).end()).isNull();
    }

    @Test
    void knowsTheMembersOfTeams() {
        var member = new Membership("t1", false, HOURLY);
        tell(user("u1", 1, Limits.NONE, member, new Membership("t2", true, Limits.NONE)));
        assertThat(directory.terms(BudgetState.member("t1", "u1")))
                .contains(new BudgetTerms("1h", NOON, 0));

        tell(user("u1", 2, Limits.NONE, new Membership("t2", true, Limits.NONE)));

        assertThat(directory.terms(BudgetState.member("t1", "u1"))).isEmpty();
        assertThat(directory.terms(BudgetState.member("t2", "u1"))).isPresent();
    }

    @Test
    void chargesEveryPrefixOfAModelToTheOneBudget() {
        var budget = new Limits.ModelBudget(9, "1d");
        tell(key("k1", 1, Accounts.withModels(NOON, Map.of("gpt-4o", budget, "a/b", budget))));

        assertThat(directory.modelAccount("key:k1", "gpt-4o")).contains("key:k1:model:gpt-4o");
        assertThat(directory.modelAccount("key:k1", "x/gpt-4o")).contains("key:k1:model:gpt-4o");
        assertThat(directory.modelAccount("key:k1", "a/b")).contains("key:k1:model:a/b");
        assertThat(directory.modelAccount("key:k1", "b")).isEmpty();
        assertThat(directory.modelAccount("key:k2", "gpt-4o")).isEmpty();
        assertThat(directory.terms("key:k1:model:a/b")).contains(new BudgetTerms("1d", NOON, 0));
        assertThat(directory.terms("key:k1:model:c")).isEmpty();
    }

    @Test
    void givesEndUsersTheBudgetOfAllUnlessTheyHaveTheirOwn() {
        var generous =
                new AccountDirectory(
                        new BudgetPolicy(BudgetRig.SIGNING_KEY, ZoneOffset.UTC, null, "all"));
        tell(generous, new Account.Budget("all", 1, limits(9L, "1d", NOON)));
        tell(generous, customer("own", 1, limits(5L, "1h", NOON)));
        tell(generous, customer("plain", 1, limits(null, null, NOON)));

        assertThat(generous.terms("customer:own")).contains(new BudgetTerms("1h", NOON, 0));
        assertThat(generous.terms("customer:plain")).contains(new BudgetTerms("1d", NOON, 0));
        assertThat(generous.terms("customer:named"))
                .contains(new BudgetTerms("1d", Instant.EPOCH, 0));
        assertThat(generous.isLasting("customer:plain")).isTrue();
        assertThat(generous.isLasting("customer:named")).isFalse();
        assertThat(generous.terms("user:named")).isEmpty();
    }

    @Test
    void tellsWhoseTermsMayHaveChanged() {
        List<String> told = new ArrayList<>();
        tell(key("k1", 1, limits(null, null, NOON), "b1"));
        directory.watch(told::add);

        tell(new Account.Budget("b1", 1, HOURLY));
        assertThat(told).containsExactlyInAnyOrder("budget:b1", "key:k1");

        told.clear();
        tell(user("u1", 1, Limits.NONE, new Membership("t1", false, HOURLY)));
        assertThat(told).containsExactlyInAnyOrder("user:u1", BudgetState.member("t1", "u1"));

        told.clear();
        tell(new Account.Deleted("user:u1", 2));
        assertThat(told).containsExactlyInAnyOrder("user:u1", BudgetState.member("t1", "u1"));
        assertThat(directory.terms(BudgetState.member("t1", "u1"))).isEmpty();
    }

    private Outcome tell(Account account) {
        return tell(directory, account);
    }

    private static Outcome tell(AccountDirectory directory, Account account) {
        byte[] value = encoded(account);
        String key = account.recordKey();
        return directory.accept(key, value, BudgetRig.SIGNATURE.of(key, value));
    }

    private Outcome tell(String key, String json) {
        byte[] value = json.getBytes(StandardCharsets.UTF_8);
        return directory.accept(key, value, BudgetRig.SIGNATURE.of(key, value));
    }

    private static byte[] encoded(Account account) {
        return Topics.ACCOUNTS.codec().encode(account);
    }
}
