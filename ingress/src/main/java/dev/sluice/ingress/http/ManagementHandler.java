package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.accounts.AccountsView;
import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamException;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * LiteLLM's management API: authorised here by route, answered by the spend aggregator, which knows
 * the objects. The request is written anew: nothing of the caller's head goes on, so that no header
 * of his can pass for one of ours. An answer that changed accounts waits until this ingress has
 * seen the change, at most two seconds; then {@code x-sluice-propagation: pending} says so.
 */
final class ManagementHandler {

    static final HeaderName PROPAGATION = HeaderNames.create("x-sluice-propagation");
    static final String CHANGED = "x-sluice-changed";

    /** Bytes of a body that is forwarded. */
    static final int BODY_BYTES_MAX = 1 << 20;

    private static final int ANSWER_BYTES_MAX = 32 << 20;
    private static final int QUERY_CHARACTERS_MAX = 8 * 1024;
    private static final Duration SEEN = Duration.ofSeconds(2);
    private static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10));
    private static final ApiError AWAY =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "Accounts cannot be read or changed at the moment.");
    private static final ApiError LONG_QUERY =
            ApiError.invalidRequest("The query is too long.", null);

    private final Gate gate;
    private final BodyReader bodies;
    private final @Nullable AccountsView accounts;
    private final @Nullable URI aggregator;
    private final Secret credential;
    private final UpstreamTransport transport;

    /**
     * Forwards to an aggregator.
     *
     * @param bodies reads at most {@value #BODY_BYTES_MAX} bytes
     * @param accounts null where there are none to wait for
     * @param aggregator null where there is none: then everything is 503
     */
    ManagementHandler(
            Gate gate,
            BodyReader bodies,
            @Nullable AccountsView accounts,
            @Nullable URI aggregator,
            Secret credential,
            UpstreamTransport transport) {
        this.gate = gate;
        this.bodies = bodies;
        this.accounts = accounts;
        this.aggregator = aggregator;
        this.credential = credential;
        this.transport = transport;
    }

    /** Serves one of the routes of the management API. */
    void handle(Route route, ServerRequest request, ServerResponse response) {
        UUID requestId = SpendEventIds.newRequestId(System.currentTimeMillis());
        response.header(Answers.CALL_ID, requestId.toString());
        switch (gate.admit(route, request)) {
            case Authentication.Refused refused -> {
                Refusals.unread(request, response, refused);
                drain(request, response);
            }
            case Authentication.Accepted(var caller) ->
                    read(route, request, response, requestId, caller);
        }
    }

    private void read(
            Route route,
            ServerRequest request,
            ServerResponse response,
            UUID requestId,
            Caller caller) {
        if (!request.content().hasEntity()) {
            forward(route, request, response, requestId, caller, List.of());
            return;
        }
        switch (bodies.read(request, response)) {
            case RequestBody.Refused(var error, var closes) -> {
                if (closes) {
                    Answers.sendAndClose(response, error);
                    drain(request, response);
                } else {
                    Answers.send(response, error);
                }
            }
            case RequestBody.Read body -> {
                try {
                    List<Slice> bytes = List.of(new Slice(body.bytes(), 0, body.length()));
                    forward(route, request, response, requestId, caller, bytes);
                } finally {
                    bodies.release(body);
                }
            }
        }
    }

    /** The body is still under way: the caller finishes, then reads our answer. */
    private void drain(ServerRequest request, ServerResponse response) {
        if (request.content().hasEntity()) {
            bodies.drain(request, response);
        }
    }

    private void forward(
            Route route,
            ServerRequest request,
            ServerResponse response,
            UUID requestId,
            Caller caller,
            List<Slice> body) {
        String query = query(request);
        if (query.length() > QUERY_CHARACTERS_MAX) {
            Answers.send(response, LONG_QUERY);
            return;
        }
        if (aggregator == null) {
            Answers.send(response, AWAY);
            return;
        }
        URI target =
                aggregator.resolve(path(route, request) + (query.isEmpty() ? "" : "?" + query));
        Exchange exchange =
                transport.send(
                        new UpstreamRequest(
                                route.method(),
                                UpstreamTarget.of(target, head(request, requestId, caller)),
                                List.of(),
                                body,
                                DEADLINES));
        switch (exchange) {
            case Exchange.Failed _ -> Answers.send(response, AWAY);
            case Exchange.Answered(var answer) -> relay(answer, response);
        }
    }

    /** The route's own path: of what was sent only the free part is taken, and escaped again. */
    private static String path(Route route, ServerRequest request) {
        String path = route.path();
        int open = path.indexOf('{');
        if (open < 0) {
            return path;
        }
        int close = path.indexOf('}');
        String value = request.path().pathParameters().get(path.substring(open + 1, close));
        return path.substring(0, open)
                + URLEncoder.encode(value, UTF_8).replace("+", "%20")
                + path.substring(close + 1);
    }

    private static String query(ServerRequest request) {
        var query = new StringBuilder();
        for (String name : request.query().names()) {
            for (String value : request.query().all(name)) {
                query.append(query.isEmpty() ? "" : "&")
                        .append(URLEncoder.encode(name, UTF_8))
                        .append('=')
                        .append(URLEncoder.encode(value, UTF_8));
            }
        }
        return query.toString();
    }

    private List<Map.Entry<String, String>> head(
            ServerRequest request, UUID requestId, Caller caller) {
        List<Map.Entry<String, String>> head =
                CallerHead.of(credential, requestId, caller, gate.address(request));
        head.add(Map.entry("Content-Type", "application/json"));
        return head;
    }

    private void relay(UpstreamResponse answer, ServerResponse response) {
        byte[] body;
        try (answer) {
            body = answer.readAll(ANSWER_BYTES_MAX);
        } catch (UpstreamException e) {
            Answers.send(response, AWAY);
            return;
        }
        // 401 is about our credential: the caller's key was good.
        if (answer.status() == 401) {
            Answers.send(response, AWAY);
            return;
        }
        String changed = answer.header(CHANGED);
        if (changed != null
                && accounts != null
                && !accounts.awaitVersions(ChangedAccounts.parse(changed), SEEN)) {
            response.header(PROPAGATION, "pending");
        }
        response.status(Status.create(answer.status()));
        response.header(Answers.JSON);
        response.send(body);
    }
}
