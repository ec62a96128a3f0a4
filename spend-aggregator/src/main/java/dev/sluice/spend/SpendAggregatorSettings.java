package dev.sluice.spend;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountSettings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Where the aggregator listens, reads and writes.
 *
 * @param host the address to listen on; internal, callers come through the ingress
 * @param port the port to listen on, 0 for a free one
 * @param jdbcUrl {@code jdbc:postgresql:}, without user and password
 * @param poolSize connections to PostgreSQL at most, those of the accounts included, at least 2
 * @param poolTimeout how long is waited for one of them
 * @param credential what services authenticate with, as a bearer
 * @param accounts how accounts are kept; null: they are not, and management routes do not exist
 */
public record SpendAggregatorSettings(
        String host,
        int port,
        KafkaSettings kafka,
        String jdbcUrl,
        String user,
        Secret password,
        int poolSize,
        Duration poolTimeout,
        Secret credential,
        @Nullable AccountSettings accounts) {

    private static final Duration USUAL_POOL_TIMEOUT = Duration.ofSeconds(5);

    /** Beyond these the accounts have no use for more. */
    private static final int ACCOUNT_CONNECTIONS_MAX = 6;

    public SpendAggregatorSettings {
        requireNonNull(host, "host is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(jdbcUrl, "jdbcUrl is null");
        requireNonNull(user, "user is null");
        requireNonNull(password, "password is null");
        requireNonNull(poolTimeout, "poolTimeout is null");
        requireNonNull(credential, "credential is null");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port is %d, not in [0, 65535]".formatted(port));
        }
        if (poolSize < 2) {
            throw new IllegalArgumentException(
                    "poolSize is %d, not at least 2".formatted(poolSize));
        }
        if (credential.reveal().isEmpty()) {
            throw new IllegalArgumentException("credential is empty");
        }
    }

    /** Without accounts; 5 s are waited for a connection. */
    public SpendAggregatorSettings(
            String host,
            int port,
            KafkaSettings kafka,
            String jdbcUrl,
            String user,
            Secret password,
            int poolSize,
            Secret credential) {
        this(
                host,
                port,
                kafka,
                jdbcUrl,
                user,
                password,
                poolSize,
                USUAL_POOL_TIMEOUT,
                credential,
                null);
    }

    /** The same with another pool. */
    public SpendAggregatorSettings withPool(int size, Duration timeout) {
        return new SpendAggregatorSettings(
                host, port, kafka, jdbcUrl, user, password, size, timeout, credential, accounts);
    }

    /** How many of the connections are for the accounts, so that neither side takes all. */
    int accountConnections() {
        return accounts == null ? 0 : Math.clamp(poolSize / 2, 1, ACCOUNT_CONNECTIONS_MAX);
    }

    /** How many of the connections are for the sink and for those who read the logs. */
    int spendConnections() {
        return poolSize - accountConnections();
    }

    /** The same with accounts. */
    public SpendAggregatorSettings withAccounts(AccountSettings kept) {
        return new SpendAggregatorSettings(
                host,
                port,
                kafka,
                jdbcUrl,
                user,
                password,
                poolSize,
                poolTimeout,
                credential,
                kept);
    }

    /** The same against a {@code database_url}, in Prisma's or in JDBC's form. */
    public static SpendAggregatorSettings of(
            String host, int port, KafkaSettings kafka, DatabaseUrl database, Secret credential) {
        return new SpendAggregatorSettings(
                host,
                port,
                kafka,
                database.jdbcUrl(),
                database.user(),
                database.password(),
                database.poolSize(),
                database.poolTimeout(),
                credential,
                null);
    }
}
