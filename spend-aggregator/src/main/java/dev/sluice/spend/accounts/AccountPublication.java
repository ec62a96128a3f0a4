package dev.sluice.spend.accounts;

import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import io.micrometer.core.instrument.MeterRegistry;

import org.jooq.DSLContext;

import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** The way of the accounts to the topic: the outbox's publisher and the topic's reconciler. */
public final class AccountPublication implements AutoCloseable {

    private final Accounts accounts;
    private final OutboxPublisher publisher;
    private final Reconciler reconciler;

    /**
     * @param tables whether they have their newest form
     */
    public AccountPublication(
            DSLContext sql,
            BooleanSupplier tables,
            KafkaSettings kafka,
            Secret signingKey,
            InstantSource clock,
            MeterRegistry registry) {
        var signature = new RecordSignature(signingKey);
        var metrics = new AccountMetrics(registry);
        publisher = new OutboxPublisher(sql, tables, new AccountSender(kafka, signature), metrics);
        accounts = new Accounts(sql, clock, publisher::wake);
        reconciler = new Reconciler(sql, tables, accounts, kafka, signature, metrics);
    }

    /** The accounts whose changes are published. */
    public Accounts accounts() {
        return accounts;
    }

    /** Begins to publish; returns at once, whether or not Kafka and PostgreSQL are there. */
    public void start() {
        publisher.start();
        reconciler.start();
    }

    /** Stops; what is not published waits in the outbox. */
    @Override
    public void close() {
        reconciler.close();
        publisher.close();
    }
}
