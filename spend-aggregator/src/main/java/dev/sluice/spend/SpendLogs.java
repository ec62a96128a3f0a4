package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.SPEND_REQUESTS;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;

import dev.sluice.spend.SpendLogQuery.Parsed.Invalid;
import dev.sluice.spend.SpendLogQuery.Parsed.Valid;
import dev.sluice.spend.db.tables.records.SpendRequestsRecord;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DefaultDSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /spend/logs}: requests with what they cost, newest first. Rows go out as they come
 * from the database; so many readers at a time that the sink always finds a connection.
 */
final class SpendLogs implements HttpService {

    private static final Logger LOGGER = LoggerFactory.getLogger(SpendLogs.class);

    /** An error midway must not look like the end of the array. */
    private static final JsonFactory JSON =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_CONTENT).build();

    private static final int FETCH_ROWS = 500;
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

    /** A reader who stops reading must not keep a connection. */
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);

    private final DSLContext sql;
    private final Semaphore readers;
    private final Duration patience;

    /**
     * @param patience how long a reader waits for its turn
     */
    SpendLogs(DSLContext sql, int readersMax, Duration patience) {
        this.sql = sql;
        this.patience = patience;
        readers = new Semaphore(readersMax);
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/logs", this::logs);
    }

    private void logs(ServerRequest request, ServerResponse response) throws InterruptedException {
        switch (SpendLogQuery.of(parameters(request))) {
            case Invalid(String parameter, String message) ->
                    ApiError.badRequest(message, parameter).send(response);
            case Valid(SpendLogQuery query) -> inTurn(query, response);
        }
    }

    private void inTurn(SpendLogQuery query, ServerResponse response) throws InterruptedException {
        if (!readers.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            ApiError.unavailable("Too many are reading the spend logs; try again.").send(response);
            return;
        }
        try {
            // A connection is taken once: jOOQ's own way tries again to roll back what never began.
            sql.connection(connection ->
                    new DefaultDSLContext(connection, SQLDialect.POSTGRES)
                            .transaction(work -> stream(work.dsl(), query, response)));
        } catch (DataAccessException e) {
            if (response.isSent()) {
                throw e;
            }
            LOGGER.atWarn().addKeyValue("sqlState", e.sqlState()).log("spend logs cannot be read");
            LOGGER.atDebug().setCause(e).log("spend logs cannot be read");
            ApiError.unavailable("The spend logs cannot be read now.").send(response);
        } finally {
            readers.release();
        }
    }

    private static void stream(
            DSLContext transaction, SpendLogQuery query, ServerResponse response) {
        transaction.execute("set local statement_timeout = " + STATEMENT_TIMEOUT.toMillis());
        transaction.execute(
                "set local idle_in_transaction_session_timeout = " + IDLE_TIMEOUT.toMillis());
        try (Cursor<SpendRequestsRecord> rows =
                transaction
                        .selectFrom(SPEND_REQUESTS)
                        .where(conditions(query))
                        .orderBy(SPEND_REQUESTS.STARTED_AT.desc(), SPEND_REQUESTS.REQUEST_ID.desc())
                        .limit(query.limit())
                        .fetchSize(FETCH_ROWS)
                        .fetchLazy()) {
            // What can fail in the query does so here, while an error can still be answered.
            rows.hasNext();
            write(rows, response);
        }
    }

    private static void write(Cursor<SpendRequestsRecord> rows, ServerResponse response) {
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        OutputStream out = response.outputStream();
        try {
            JsonGenerator json = JSON.createGenerator(out);
            json.writeStartArray();
            for (SpendRequestsRecord row : rows) {
                SpendLogRow.write(json, row);
            }
            json.writeEndArray();
            json.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Condition> conditions(SpendLogQuery query) {
        List<Condition> conditions = new ArrayList<>();
        if (query.requestId() != null) {
            conditions.add(SPEND_REQUESTS.REQUEST_ID.eq(query.requestId()));
        }
        if (query.apiKey() != null) {
            conditions.add(SPEND_REQUESTS.KEY_HASH.eq(query.apiKey()));
        }
        if (query.userId() != null) {
            conditions.add(SPEND_REQUESTS.USER_ID.eq(query.userId()));
        }
        if (query.from() != null) {
            conditions.add(SPEND_REQUESTS.STARTED_AT.ge(query.from()));
        }
        if (query.until() != null) {
            conditions.add(SPEND_REQUESTS.STARTED_AT.lt(query.until()));
        }
        return conditions;
    }

    private static Map<String, List<String>> parameters(ServerRequest request) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (String name : request.query().names()) {
            parameters.put(name, request.query().all(name));
        }
        return parameters;
    }
}
