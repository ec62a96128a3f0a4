package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@code GET /spend/logs}: authorised here, answered by the spend aggregator. An admin or viewer
 * sees everything, any other key what was charged to it.
 */
final class SpendLogsHandler implements Handler {

    private static final Route ROUTE = RouteTable.of("GET", "/spend/logs");
    private static final List<String> FILTERS =
            List.of("request_id", "api_key", "user_id", "start_date", "end_date", "limit");
    private static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(2));
    private static final ApiError AWAY =
            ApiError.of(
                    503, "service_unavailable_error", "The books cannot be read at the moment.");

    private final Gate gate;
    private final @Nullable URI aggregator;
    private final List<Map.Entry<String, String>> credential;
    private final UpstreamTransport transport;

    SpendLogsHandler(
            Gate gate, @Nullable URI aggregator, Secret credential, UpstreamTransport transport) {
        this.gate = gate;
        this.aggregator = aggregator;
        this.credential = List.of(Map.entry("Authorization", "Bearer " + credential.reveal()));
        this.transport = transport;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.header(
                Answers.CALL_ID, SpendEventIds.newRequestId(System.currentTimeMillis()).toString());
        switch (gate.admit(ROUTE, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted(var caller) -> forward(caller, request, response);
        }
    }

    private void forward(Caller caller, ServerRequest request, ServerResponse response) {
        if (aggregator == null) {
            Answers.send(response, AWAY);
            return;
        }
        URI target = aggregator.resolve("/spend/logs?" + query(caller, request));
        Exchange exchange =
                transport.send(
                        new UpstreamRequest(
                                "GET",
                                UpstreamTarget.of(target, credential),
                                List.of(),
                                List.of(),
                                DEADLINES));
        switch (exchange) {
            case Exchange.Failed _ -> Answers.send(response, AWAY);
            case Exchange.Answered(var answer) -> relay(answer, response);
        }
    }

    /** Known filters only; who is no admin gets the filter of his own key, whatever he asked. */
    static String query(Caller caller, ServerRequest request) {
        var query = new StringBuilder();
        for (String filter : FILTERS) {
            String value = request.query().first(filter).orElse(null);
            if (filter.equals("api_key")) {
                value = caller.seesEverything() ? hashed(value) : caller.keyHash();
            }
            if (value != null) {
                query.append(query.isEmpty() ? "" : "&")
                        .append(filter)
                        .append('=')
                        .append(URLEncoder.encode(value, UTF_8));
            }
        }
        return query.toString();
    }

    private static @Nullable String hashed(@Nullable String key) {
        return key != null && key.startsWith("sk-") ? Authenticator.hashOf(key) : key;
    }

    private static void relay(UpstreamResponse answer, ServerResponse response) {
        response.status(Status.create(answer.status() == 401 ? 503 : answer.status()));
        response.header(Answers.JSON);
        byte[] buffer = new byte[16 * 1024];
        try (answer;
                OutputStream out = response.outputStream()) {
            for (int read = answer.read(buffer, 0, buffer.length);
                    read >= 0;
                    read = answer.read(buffer, 0, buffer.length)) {
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            throw new CloseConnectionException("the report broke off", e);
        }
    }
}
