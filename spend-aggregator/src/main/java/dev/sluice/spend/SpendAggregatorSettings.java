package dev.sluice.spend;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountSettings;

import org.jspecify.annotations.Nullable;

/**
 * Where the aggregator listens, reads and writes.
 *
 * @param host the address to listen on; internal, callers come through the ingress
 * @param port the port to listen on, 0 for a free one
 * @param jdbcUrl {@code jdbc:postgresql:}, without user and password
 * @param poolSize connections to PostgreSQL at most, at least 2
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
        Secret credential,
        @Nullable AccountSettings accounts) {

    public SpendAggregatorSettings {
        requireNonNull(host, "host is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(jdbcUrl, "jdbcUrl is null");
        requireNonNull(user, "user is null");
        requireNonNull(password, "password is null");
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

    /** Without accounts. */
    public SpendAggregatorSettings(
            String host,
            int port,
            KafkaSettings kafka,
            String jdbcUrl,
            String user,
            Secret password,
            int poolSize,
            Secret credential) {
        this(host, port, kafka, jdbcUrl, user, password, poolSize, credential, null);
    }

    /** The same with accounts. */
    public SpendAggregatorSettings withAccounts(AccountSettings kept) {
        return new SpendAggregatorSettings(
                host, port, kafka, jdbcUrl, user, password, poolSize, credential, kept);
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
                credential);
    }
}
