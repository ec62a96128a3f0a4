package dev.sluice.ingress.accounts;

import static dev.sluice.ingress.accounts.TestingAccounts.SIGNATURE;
import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.offer;
import static dev.sluice.ingress.accounts.TestingAccounts.team;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

class AccountsViewTest {

    private static final String SECRET = "sk-one";
    private static final KeyHash HASH = KeyHash.of(SECRET);

    @TempDir Path data;
    private AccountsView view;

    @BeforeEach
    void start() {
        view = TestingAccounts.view(data);
    }

    @AfterEach
    void stop() {
        view.close();
    }

    @Test
    void findsAKeyByItsHash() {
        offer(view, key(SECRET).build());

        assertThat(found().key()).isEqualTo(key(SECRET).build());
        assertThat(view.resolve(KeyHash.of("sk-two"), false)).isEqualTo(Resolution.UNKNOWN);
    }

    @Test
    void believesOnlyWhatIsSignedForItsKeyAndValue() {
        ApiKey key = key(SECRET).build();
        byte[] value = Topics.ACCOUNTS.codec().encode(key);
        byte[] theirs = new RecordSignature(new Secret("theirs")).of(key.recordKey(), value);
        byte[] ofAnother = SIGNATURE.of("key:other", value);

        view.accept(key.recordKey(), value, null);
        view.accept(key.recordKey(), value, new byte[0]);
        view.accept(key.recordKey(), value, theirs);
        view.accept(key.recordKey(), value, ofAnother);
        view.accept("key:other", value, ofAnother);
        view.accept(null, value, SIGNATURE.of("", value));
        view.accept(key.recordKey(), null, SIGNATURE.of(key.recordKey(), new byte[0]));

        assertThat(view.size()).isZero();
    }

    @Test
    void keepsWhatItKnowsWhenARecordIsUnreadable() {
        ApiKey key = key(SECRET).build();
        offer(view, key);
        for (String text :
                List.of(
                        "",
                        "{",
                        "null",
                        "[]",
                        "{\"v\":1}",
                        "{\"v\":1,\"kind\":\"king\",\"id\":\"a\",\"version\":9}",
                        "{\"v\":2,\"kind\":\"key\",\"id\":\"%s\",\"version\":9}"
                                .formatted(key.id()),
                        "{\"v\":1,\"kind\":\"key\",\"version\":9}")) {
            byte[] value = text.getBytes(UTF_8);
            view.accept(key.recordKey(), value, SIGNATURE.of(key.recordKey(), value));
        }
        byte[] large = " ".repeat((1 << 20) + 1).getBytes(UTF_8);
        view.accept(key.recordKey(), large, SIGNATURE.of(key.recordKey(), large));

        assertThat(found().key()).isEqualTo(key);
        assertThat(view.size()).isEqualTo(1);
    }

    @Test
    void refusesAKeyWhoseIdIsNoHash() {
        for (String id : List.of("", "abc", "A".repeat(64), "g".repeat(64), "a".repeat(63))) {
            byte[] value =
                    "{\"v\":1,\"kind\":\"key\",\"id\":\"%s\",\"version\":9}"
                            .formatted(id)
                            .getBytes(UTF_8);
            view.accept("key:" + id, value, SIGNATURE.of("key:" + id, value));
        }

        assertThat(view.size()).isZero();
    }

    @Test
    void takesNewerVersionsOnlyInWhateverOrder() {
        offer(view, key(SECRET).version(5).blocked().build());
        offer(view, key(SECRET).version(4).build());
        offer(view, key(SECRET).version(5).build());

        assertThat(found().key().blocked()).isTrue();

        offer(view, key(SECRET).version(6).build());

        assertThat(found().key().blocked()).isFalse();
    }

    @Test
    void doesNotBringADeletedKeyBackByAnOlderRecord() {
        ApiKey key = key(SECRET).version(5).build();
        offer(view, key, new Account.Deleted(key.recordKey(), 6), key);

        assertThat(view.resolve(HASH, true)).isEqualTo(Resolution.UNKNOWN);

        offer(view, key(SECRET).version(7).build());
        assertThat(found().key().version()).isEqualTo(7);
    }

    @Test
    void refusesAKeyAsLongAsAnythingThatItNamesIsMissing() {
        offer(view, key(SECRET).team("t").user("u").organization("o").budget("b").build());
        List<Account> named =
                List.of(
                        team("t", List.of()),
                        TestingAccounts.user("u", Role.INTERNAL_USER),
                        new Account.Organization("o", 1, null, List.of(), Limits.NONE, null),
                        new Account.Budget("b", 1, Limits.NONE));

        for (Account account : named) {
            assertThat(view.resolve(HASH, false)).isInstanceOf(Resolution.NotReady.class);
            offer(view, account);
        }

        assertThat(found().organization()).isNotNull();
        for (Account account : named) {
            offer(view, new Account.Deleted(account.recordKey(), 2));
            assertThat(view.resolve(HASH, false)).isInstanceOf(Resolution.NotReady.class);
            offer(view, newer(account));
        }
    }

    @Test
    void putsTheLimitsOfBudgetsWhereAccountsSayNothing() {
        var ofBudget =
                new Limits(7L, "1d", null, null, 60L, null, null, Map.of(), Map.of(), Map.of());
        var own = new Limits(null, null, null, null, 5L, null, null, Map.of(), Map.of(), Map.of());
        offer(view, new Account.Budget("b", 1, ofBudget));
        offer(view, key(SECRET).limits(own).budget("b").build());

        assertThat(found().keyLimits().rpm()).isEqualTo(5);
        assertThat(found().keyLimits().maxBudgetPico()).isEqualTo(7);
        assertThat(found().teamLimits().isUnlimited()).isTrue();
        assertThat(found().memberLimits().isUnlimited()).isTrue();
    }

    @Test
    void findsTheOrganisationOfTheTeamAndTheMembership() {
        var member =
                new Account.Membership(
                        "t",
                        false,
                        new Limits(
                                null, null, null, null, 3L, null, null, Map.of(), Map.of(),
                                Map.of()));
        offer(
                view,
                new Account.Organization("o", 1, null, List.of("a"), Limits.NONE, null),
                new Account.Team(
                        "t",
                        1,
                        null,
                        "o",
                        false,
                        List.of(),
                        Map.of(),
                        List.of(),
                        Limits.NONE,
                        null),
                new Account.User(
                        "u",
                        1,
                        Role.INTERNAL_USER,
                        false,
                        List.of(),
                        Limits.NONE,
                        null,
                        List.of(new Account.Membership("x", false, Limits.NONE), member)),
                key(SECRET).team("t").user("u").build());

        assertThat(found().membership()).isEqualTo(member);
        assertThat(found().memberLimits().rpm()).isEqualTo(3);
        assertThat(found().organization()).isNotNull();
    }

    @Test
    void saysThatItIsNotReadyBeforeItHasReadAnything() {
        try (var fresh = fresh(data.resolve("none"))) {
            fresh.start();
            offer(fresh, key(SECRET).build());

            assertThat(fresh.isComplete()).isFalse();
            assertThat(fresh.resolve(HASH, true)).isInstanceOf(Resolution.NotReady.class);
            assertThat(fresh.resolve(KeyHash.of("sk-two"), true))
                    .isInstanceOf(Resolution.NotReady.class);
        }
        assertThat(data.resolve("none")).doesNotExist();
    }

    @Test
    void servesWhatAnEarlierRunKept() {
        offer(
                view,
                key(SECRET).team("t").version(3).build(),
                team("t", List.of("a")),
                new Account.Deleted("key:" + "a".repeat(64), 9));
        view.close();

        try (var next = fresh(data.resolve("accounts.snapshot"))) {
            next.start();

            assertThat(next.isComplete()).isTrue();
            assertThat(next.caughtUp()).isFalse();
            assertThat(next.size()).isEqualTo(3);
            assertThat(next.hasSeen("key:" + "a".repeat(64), 9)).isTrue();
            assertThat(next.resolve(HASH, false)).isInstanceOf(Resolution.Found.class);
        }
    }

    @Test
    void ignoresASnapshotThatAnybodyElseWroteOrChanged() throws Exception {
        offer(view, key(SECRET).blocked().build());
        view.close();
        Path file = data.resolve("accounts.snapshot");
        byte[] ours = Files.readAllBytes(file);

        for (int at = 0; at < ours.length; at += 7) {
            byte[] tampered = ours.clone();
            tampered[at] ^= 1;
            assertIgnored(tampered);
        }
        assertIgnored(new byte[0]);
        assertIgnored(java.util.Arrays.copyOf(ours, ours.length - 1));
        assertIgnored(java.util.Arrays.copyOf(ours, ours.length + 1));
    }

    @Test
    void waitsForAKeyThatWasJustMade() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var begun = new CountDownLatch(1);
            var resolution =
                    threads.submit(() -> {
                        begun.countDown();
                        return view.resolve(HASH, true);
                    });
            begun.await();
            offer(view, key(SECRET).build());

            assertThat(resolution.get()).isInstanceOf(Resolution.Found.class);
        }
    }

    @Test
    void doesNotLetAFloodOfUnknownKeysWait() {
        long begin = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 5_000; i++) {
                KeyHash hash = KeyHash.of("sk-flood-" + i);
                var _ = threads.submit(() -> view.resolve(hash, true));
            }
        }

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void waitsForAnUnknownKeyOnlyOnce() {
        view.resolve(HASH, true);
        long begin = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThat(view.resolve(HASH, true)).isEqualTo(Resolution.UNKNOWN);
        }

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(250));
    }

    @Test
    void waitsForVersionsAndGivesUp() throws Exception {
        ApiKey key = key(SECRET).version(3).build();
        Map<String, Long> wanted = Map.of(key.recordKey(), 3L, "team:t", 1L);
        assertThat(view.awaitVersions(wanted, Duration.ofMillis(20))).isFalse();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var seen = threads.submit(() -> view.awaitVersions(wanted, Duration.ofSeconds(10)));
            offer(view, key, team("t", List.of()));
            assertThat(seen.get()).isTrue();
        }
        assertThat(view.awaitVersions(Map.of("nonsense", 1L), Duration.ZERO)).isFalse();
        assertThat(view.awaitVersions(Map.of(), Duration.ZERO)).isTrue();
    }

    @Test
    void refusesToSayThatAKeyIsUnknownOnceThereIsNoRoomForMore() {
        try (var small =
                new AccountsView(
                        KafkaSettings.of("127.0.0.1:1"),
                        SIGNATURE,
                        data.resolve("accounts.snapshot"),
                        new SimpleMeterRegistry(),
                        1)) {
            small.start();
            offer(small, key(SECRET).build(), key("sk-two").build());

            assertThat(small.isComplete()).isFalse();
            assertThat(small.resolve(HASH, false)).isInstanceOf(Resolution.Found.class);
            assertThat(small.resolve(KeyHash.of("sk-two"), false))
                    .isInstanceOf(Resolution.NotReady.class);

            offer(small, key(SECRET).version(2).blocked().build());
            assertThat(small.resolve(HASH, false))
                    .isInstanceOfSatisfying(
                            Resolution.Found.class,
                            found -> assertThat(found.accounts().key().blocked()).isTrue());
        }
    }

    private void assertIgnored(byte[] snapshot) throws Exception {
        Path file = data.resolve("tampered");
        Files.write(file, snapshot);
        assertThat(new AccountsSnapshot(file, SIGNATURE).read()).isEmpty();
    }

    private static AccountsView fresh(Path snapshot) {
        return new AccountsView(
                KafkaSettings.of("127.0.0.1:1"), SIGNATURE, snapshot, new SimpleMeterRegistry());
    }

    private KeyAccounts found() {
        return ((Resolution.Found) view.resolve(HASH, false)).accounts();
    }

    private static Account newer(Account account) {
        return switch (account) {
            case Account.Team team ->
                    new Account.Team(
                            team.id(),
                            3,
                            null,
                            null,
                            false,
                            List.of(),
                            Map.of(),
                            List.of(),
                            Limits.NONE,
                            null);
            case Account.User user ->
                    new Account.User(
                            user.id(),
                            3,
                            user.role(),
                            false,
                            List.of(),
                            Limits.NONE,
                            null,
                            List.of());
            case Account.Organization organization ->
                    new Account.Organization(
                            organization.id(), 3, null, List.of(), Limits.NONE, null);
            case Account.Budget budget -> new Account.Budget(budget.id(), 3, Limits.NONE);
            default -> throw new IllegalArgumentException(account.toString());
        };
    }
}
