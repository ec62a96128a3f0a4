package dev.sluice.spend;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.spend.accounts.AccountPublication;
import dev.sluice.spend.accounts.AccountSettings;
import dev.sluice.spend.management.Management;

import io.micrometer.core.instrument.MeterRegistry;

import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** The accounts as a part of the service: a pool of their own, their publication, their routes. */
final class AccountBooks implements AutoCloseable {

    private final Database database;
    private final AccountPublication publication;
    private final Management management;

    /**
     * @param tables whether they have their newest form
     */
    AccountBooks(
            SpendAggregatorSettings settings,
            AccountSettings accounts,
            KafkaSettings kafka,
            BooleanSupplier tables,
            MeterRegistry metrics) {
        InstantSource clock = InstantSource.system();
        database = new Database(settings, "accounts", settings.accountConnections());
        publication =
                new AccountPublication(
                        database.sql(), tables, kafka, accounts.signingKey(), clock, metrics);
        management =
                new Management(
                        publication.accounts(), accounts.defaults(), accounts.timezone(), clock);
    }

    Management management() {
        return management;
    }

    void start() {
        publication.start();
    }

    @Override
    public void close() {
        publication.close();
        database.close();
    }
}
