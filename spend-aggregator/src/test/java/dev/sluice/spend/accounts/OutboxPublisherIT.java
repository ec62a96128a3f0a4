package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_CUSTOMERS;
import static dev.sluice.spend.db.Tables.ACCOUNT_OUTBOX;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.spend.migrations.SpendMigrations;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.sql.Connection;
import java.sql.DriverManager;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

@ExtendWith(PostgresExtension.class)
class OutboxPublisherIT {

    private static final Caller ADMIN =
            new Caller(Role.PROXY_ADMIN, null, "0".repeat(64), null, null, null);

    private final Connection connection;
    private final Connection otherConnection;
    private final DSLContext sql;
    private final Accounts accounts;
    private final AccountMetrics metrics = new AccountMetrics(new SimpleMeterRegistry());
    private final Script script = new Script();

    OutboxPublisherIT(PostgresDatabase postgres) throws Exception {
        SpendMigrations.apply(postgres.jdbcUrl(), postgres.user(), postgres.password());
        connection =
                DriverManager.getConnection(
                        postgres.jdbcUrl(), postgres.user(), postgres.password());
        otherConnection =
                DriverManager.getConnection(
                        postgres.jdbcUrl(), postgres.user(), postgres.password());
        sql = new DefaultDSLContext(connection, SQLDialect.POSTGRES);
        accounts = new Accounts(sql, InstantSource.system(), () -> {});
    }

    @BeforeEach
    void empty() {
        sql.execute("truncate account_outbox, account_records, account_customers");
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        otherConnection.close();
    }

    /** Remembers what it is told to send; the next call may fail after that. */
    private static final class Script implements OutboxPublisher.Sender {

        private final List<String> sent = new ArrayList<>();
        private boolean dies;

        @Override
        public void send(Map<String, byte[]> records) throws ExecutionException {
            sent.addAll(records.keySet());
            if (dies) {
                throw new ExecutionException(new IllegalStateException("gone"));
            }
        }

        @Override
        public void close() {}
    }

    private OutboxPublisher publisher(DSLContext over) {
        return new OutboxPublisher(over, () -> true, script, metrics);
    }

    private void customer(String id) {
        accounts.change(
                ADMIN,
                "test",
                change ->
                        change.create(
                                AccountKind.CUSTOMER,
                                new Changes().set(ACCOUNT_CUSTOMERS.USER_ID, id)));
    }

    @Test
    void sendsAgainWhatWasSentButNotDeleted() throws Exception {
        customer("a");
        customer("b");
        script.dies = true;
        var dying = publisher(sql);
        assertThatThrownBy(dying::publishBatch).isInstanceOf(ExecutionException.class);
        assertThat(sql.fetchCount(ACCOUNT_OUTBOX)).isEqualTo(2);
        script.dies = false;

        assertThat(publisher(sql).publishBatch()).isEqualTo(2);

        assertThat(script.sent)
                .containsExactly("customer:a", "customer:b", "customer:a", "customer:b");
        assertThat(sql.fetchCount(ACCOUNT_OUTBOX)).isZero();
    }

    @Test
    void sendsAnAccountOnceInABatchWhereItsLastChangeWas() throws Exception {
        customer("a");
        customer("b");
        accounts.change(
                ADMIN,
                "test",
                change ->
                        change.update(
                                AccountKind.CUSTOMER,
                                change.find(AccountKind.CUSTOMER, "a").orElseThrow(),
                                new Changes().set(ACCOUNT_CUSTOMERS.ALIAS, "x")));

        publisher(sql).publishBatch();

        assertThat(script.sent).containsExactly("customer:b", "customer:a");
    }

    @Test
    void leavesTheOutboxToWhoeverIsPublishing() throws Exception {
        customer("a");
        otherConnection.setAutoCommit(false);
        Accounts.tryLockPublishing(new DefaultDSLContext(otherConnection, SQLDialect.POSTGRES));

        assertThat(publisher(sql).publishBatch()).isZero();
        otherConnection.rollback();

        assertThat(publisher(sql).publishBatch()).isEqualTo(1);
    }
}
