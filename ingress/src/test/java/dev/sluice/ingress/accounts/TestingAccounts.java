package dev.sluice.ingress.accounts;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Accounts for tests. They reach a view the way that all accounts do: as signed bytes. */
public final class TestingAccounts {

    /** What the records of all tests are signed with. */
    public static final Secret SIGNING_KEY = new Secret("test signing key");

    /** Signs as the accounts' owner does. */
    public static final RecordSignature SIGNATURE = new RecordSignature(SIGNING_KEY);

    private TestingAccounts() {}

    /** Offers accounts to a view as the topic would. */
    public static void offer(AccountsView view, Account... accounts) {
        for (Account account : accounts) {
            byte[] value = Topics.ACCOUNTS.codec().encode(account);
            String key = account.recordKey();
            view.accept(key, value, SIGNATURE.of(key, value));
        }
    }

    /** Leaves a snapshot for a view that starts without Kafka. */
    public static void snapshot(Path file, Account... accounts) {
        var store = new AccountStore(1_000_000);
        for (Account account : accounts) {
            store.put(account);
        }
        try {
            new AccountsSnapshot(file, SIGNATURE).write(store);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A view that is complete and follows nothing. */
    public static AccountsView view(Path data, Account... accounts) {
        Path file = data.resolve("accounts.snapshot");
        snapshot(file, accounts);
        var view =
                new AccountsView(
                        KafkaSettings.of("127.0.0.1:1"),
                        SIGNATURE,
                        file,
                        new SimpleMeterRegistry());
        view.start();
        return view;
    }

    public static KeyBuilder key(String secret) {
        return new KeyBuilder(secret);
    }

    public static Account.Team team(String id, List<String> models) {
        return new Account.Team(
                id, 1, null, null, false, models, Map.of(), List.of(), Limits.NONE, null);
    }

    public static Account.User user(String id, Role role) {
        return new Account.User(id, 1, role, false, List.of(), Limits.NONE, null, List.of());
    }

    public static Account.User userWithModels(String id, String... models) {
        return new Account.User(
                id,
                1,
                Role.INTERNAL_USER,
                false,
                List.of(models),
                Limits.NONE,
                null,
                List.<Membership>of());
    }

    /** The record of a virtual key, step by step. */
    public static final class KeyBuilder {
        private final String id;
        private long version = 1;
        private @Nullable String userId;
        private @Nullable String teamId;
        private @Nullable String organizationId;
        private @Nullable Instant expiresAt;
        private boolean blocked;
        private List<String> models = List.of();
        private Map<String, String> aliases = Map.of();
        private List<String> routes = List.of();
        private List<String> tags = List.of();
        private List<String> cacheControls = List.of();
        private boolean disableFallbacks;
        private Limits limits = Limits.NONE;
        private @Nullable String budgetId;

        private KeyBuilder(String secret) {
            this.id = HexFormat.of().formatHex(KeyHash.sha256(secret));
        }

        public KeyBuilder version(long value) {
            version = value;
            return this;
        }

        public KeyBuilder user(String value) {
            userId = value;
            return this;
        }

        public KeyBuilder team(String value) {
            teamId = value;
            return this;
        }

        public KeyBuilder organization(String value) {
            organizationId = value;
            return this;
        }

        public KeyBuilder expires(Instant value) {
            expiresAt = value;
            return this;
        }

        public KeyBuilder blocked() {
            blocked = true;
            return this;
        }

        public KeyBuilder models(String... values) {
            models = List.of(values);
            return this;
        }

        public KeyBuilder alias(String name, String model) {
            aliases = Map.of(name, model);
            return this;
        }

        public KeyBuilder routes(String... values) {
            routes = List.of(values);
            return this;
        }

        public KeyBuilder tags(String... values) {
            tags = List.of(values);
            return this;
        }

        public KeyBuilder cacheControls(String... values) {
            cacheControls = List.of(values);
            return this;
        }

        public KeyBuilder withoutFallbacks() {
            disableFallbacks = true;
            return this;
        }

        public KeyBuilder limits(Limits value) {
            limits = value;
            return this;
        }

        public KeyBuilder budget(String value) {
            budgetId = value;
            return this;
        }

        public ApiKey build() {
            return new ApiKey(
                    id,
                    version,
                    "sk-...abcd",
                    null,
                    userId,
                    teamId,
                    organizationId,
                    expiresAt,
                    blocked,
                    models,
                    aliases,
                    routes,
                    tags,
                    cacheControls,
                    disableFallbacks,
                    limits,
                    budgetId);
        }
    }
}
