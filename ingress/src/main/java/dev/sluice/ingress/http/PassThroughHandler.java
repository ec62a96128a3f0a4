package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.sluice.ingress.admission.CallAdmission;
import dev.sluice.ingress.admission.CallMeter;
import dev.sluice.ingress.admission.Ticket;
import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.PassThroughs;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.usage.RawUse;
import dev.sluice.providers.usage.UnitUse;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provider's own API under {@code /PROVIDER/...}, as far as the operator lets it be called. Our
 * keys in, the provider's out: the request is written anew, and of the caller's head only what a
 * list lets pass goes on. Sent once, never cached.
 */
final class PassThroughHandler {

    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final int QUERY_CHARACTERS_MAX = 8 * 1024;
    private static final List<HeaderName> PASSED =
            List.of(
                    HeaderNames.CONTENT_TYPE,
                    HeaderNames.ACCEPT,
                    HeaderNames.create("anthropic-version"),
                    HeaderNames.create("anthropic-beta"),
                    HeaderNames.create("openai-beta"));

    /** Names under which clients put a key into a query. */
    private static final Set<String> KEYS =
            Set.of("key", "api_key", "api-key", "apikey", "access_token", "token");

    private static final Pattern MODEL_IN_PATH = Pattern.compile("/models/([^/:]+)(?:[/:].*)?");
    private static final ApiError OFF =
            ApiError.of(404, "not_found_error", "This provider is not passed through here.");
    private static final ApiError NOT_LISTED =
            ApiError.of(403, "permission_error", "This path of the provider is not open.");
    private static final ApiError BAD_HEAD =
            ApiError.invalidRequest("A header or the query cannot be passed on.", null);

    private final Gate gate;
    private final ModelAccess access;
    private final CallAdmission admission;
    private final CallHeaders headers;
    private final BodyReader bodies;
    private final ModelCatalog catalog;
    private final Dispatcher dispatcher;
    private final GatewayMetrics metrics;
    private final JsonFactory json = new JsonFactory();

    PassThroughHandler(
            Gate gate,
            ModelAccess access,
            CallAdmission admission,
            CallHeaders headers,
            BodyReader bodies,
            ModelCatalog catalog,
            Dispatcher dispatcher,
            GatewayMetrics metrics) {
        this.gate = gate;
        this.access = access;
        this.admission = admission;
        this.headers = headers;
        this.bodies = bodies;
        this.catalog = catalog;
        this.dispatcher = dispatcher;
        this.metrics = metrics;
    }

    /** What is known when the caller is. */
    private record Passing(
            Arrival arrival, Route route, PassThroughs.Target target, String path, Caller caller) {}

    /** Serves a route {@code /PROVIDER/{path}}. */
    void handle(String provider, Route route, ServerRequest request, ServerResponse response) {
        long startedNanos = System.nanoTime();
        UUID requestId = SpendEventIds.newRequestId(System.currentTimeMillis());
        var head = new AnswerHead(requestId);
        response.header(head);
        metrics.requestStarted();
        Outcome outcome = Outcome.INTERNAL_ERROR;
        try {
            var arrival = new Arrival(request, response, requestId, head, startedNanos);
            outcome = admit(provider, route, arrival);
        } catch (CloseConnectionException e) {
            outcome = Outcome.CANCELLED;
            throw e;
        } finally {
            metrics.requestEnded(outcome, Duration.ofNanos(System.nanoTime() - startedNanos));
        }
    }

    private Outcome admit(String provider, Route route, Arrival arrival) {
        Authentication authentication = gate.admit(route, arrival.request());
        if (authentication instanceof Authentication.Refused refused) {
            Refusals.unread(arrival.request(), arrival.response(), refused);
            drain(arrival);
            return Outcome.of(refused.error().status());
        }
        Caller caller = ((Authentication.Accepted) authentication).caller();
        PassThroughs.Target target = catalog.passThroughs().find(provider);
        if (target == null) {
            return refuseUnread(arrival, OFF);
        }
        String path =
                arrival.request().prologue().uriPath().rawPath().substring(provider.length() + 1);
        if (!target.allows(path)) {
            return refuseUnread(arrival, NOT_LISTED);
        }
        var passing = new Passing(arrival, route, target, path, caller);
        if (!arrival.request().content().hasEntity()) {
            return understand(passing, new byte[0], 0);
        }
        return switch (bodies.read(arrival.request(), arrival.response())) {
            case RequestBody.Refused(var error, var closes) ->
                    closes ? refuseUnread(arrival, error) : refuse(arrival, error);
            case RequestBody.Read body -> {
                try {
                    yield understand(passing, body.bytes(), body.length());
                } finally {
                    bodies.release(body);
                }
            }
        };
    }

    /** A key that may use some models alone must have the provider's among them. */
    private Outcome understand(Passing passing, byte[] body, int length) {
        String provider = passing.target().provider();
        List<String> models = models(passing.path(), body, length);
        for (String named : models.isEmpty() ? List.of("*") : models) {
            ModelAccess.Decision decision = access.decide(passing.caller(), provider + "/" + named);
            if (decision instanceof ModelAccess.Decision.Denied denied) {
                return refuse(passing.arrival(), denied.error());
            }
        }
        String model = models.isEmpty() ? null : models.getFirst();
        UpstreamTarget target;
        try {
            target = target(passing);
        } catch (IllegalArgumentException e) {
            return refuse(passing.arrival(), BAD_HEAD);
        }
        Deployment deployment =
                passing.target()
                        .deployment(
                                model == null ? "" : model,
                                model == null ? null : catalog.listedPrice(provider, model),
                                TIMEOUT);
        CallAdmission.Decision decision =
                admission.admit(
                        passing.caller(),
                        null,
                        passing.target().group(),
                        0,
                        -1,
                        /* hasOutput= */ false,
                        null);
        return switch (decision) {
            case CallAdmission.Decision.Refused(var limit) -> {
                headers.refused(passing.arrival().response(), limit);
                yield refuse(passing.arrival(), limit.error());
            }
            case CallAdmission.Decision.Admitted(var ticket) -> {
                var call =
                        CallFacts.passedThrough(
                                passing.arrival().requestId(),
                                passing.caller(),
                                passing.target().group(),
                                new CallMeter());
                try {
                    List<Slice> slices =
                            length == 0 ? List.of() : List.of(new Slice(body, 0, length));
                    yield send(passing, call, deployment, target, slices, ticket);
                } finally {
                    ticket.settle(call.meter());
                }
            }
        };
    }

    private Outcome send(
            Passing passing,
            CallFacts call,
            Deployment deployment,
            UpstreamTarget target,
            List<Slice> body,
            Ticket ticket) {
        ServerResponse response = passing.arrival().response();
        AnswerHead head = passing.arrival().head();
        headers.limits(head, passing.caller(), ticket);
        String method = passing.route().method();
        Dispatch dispatch = dispatcher.pass(call, deployment, method, target, body);
        return switch (dispatch) {
            case Dispatch.Relayed relayed -> {
                response.status(Status.create(relayed.response().status()));
                response.header(Answers.contentType(relayed.contentType()));
                headers.served(head, deployment);
                headers.provider(head, relayed.headers());
                headers.spend(head, passing.caller(), 0);
                if (relayed.firstLength() < 0) {
                    yield empty(relayed, response, () -> ticket.settle(call.meter()));
                }
                yield new BytesRelay(
                                relayed,
                                new RawMeter(passing.target().provider()),
                                response.outputStream(),
                                () -> ticket.settle(call.meter()))
                        .relay();
            }
            case Dispatch.Refused refused -> {
                headers.provider(head, refused.headers());
                if (refused.retryAfterSeconds() >= 0) {
                    response.header(
                            HeaderNames.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
                }
                response.status(Status.create(refused.status()));
                response.header(Answers.JSON);
                ticket.settle(call.meter());
                response.send(refused.body());
                int status = refused.status();
                yield status >= 400 && status < 500 && status != 408 && status != 429
                        ? Outcome.INVALID_REQUEST
                        : Outcome.of(status);
            }
            case Dispatch.Plain _, Dispatch.Stream _ ->
                    throw new IllegalStateException("what passes through is relayed");
        };
    }

    /** An answer without a body, such as that of a deletion. */
    private static Outcome empty(
            Dispatch.Relayed relayed, ServerResponse response, Runnable settling) {
        relayed.attempt()
                .settled(UnitUse.untold(Units.NONE), null, SpendEvent.Status.SUCCESS, null);
        settling.run();
        if (relayed.attempt().isWithheld()) {
            throw new CloseConnectionException("the call cannot be written down");
        }
        response.send();
        return Outcome.SUCCESS;
    }

    /** Reads an answer's usage while it passes. */
    private static final class RawMeter implements BytesRelay.AnswerMeter {
        private final RawUse use;

        RawMeter(String provider) {
            this.use = new RawUse(provider);
        }

        @Override
        public void add(byte[] bytes, int count) {
            use.add(bytes, count);
        }

        @Override
        public UnitUse use() {
            Usage usage = use.usage();
            return new UnitUse(usage, Units.NONE, usage != null);
        }
    }

    private static UpstreamTarget target(Passing passing) {
        ServerRequest request = passing.arrival().request();
        List<Map.Entry<String, String>> head = new ArrayList<>(passing.target().keyHeaders());
        head.add(Map.entry("User-Agent", "sluice"));
        for (HeaderName name : PASSED) {
            List<String> values = request.headers().all(name, List::of);
            if (values.size() > 1) {
                throw new IllegalArgumentException("a header that came twice");
            }
            if (!values.isEmpty()) {
                head.add(Map.entry(name.defaultCase(), values.getFirst()));
            }
        }
        String query = query(request);
        if (query.length() > QUERY_CHARACTERS_MAX) {
            throw new IllegalArgumentException("the query is too long");
        }
        URI url = URI.create(passing.target().base() + passing.path() + query);
        return UpstreamTarget.of(url, head);
    }

    /** The caller's query without what may be his key. */
    private static String query(ServerRequest request) {
        var query = new StringBuilder();
        for (String name : request.query().names()) {
            if (KEYS.contains(name.toLowerCase(Locale.ROOT))) {
                continue;
            }
            for (String value : request.query().all(name)) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(URLEncoder.encode(name, UTF_8))
                        .append('=')
                        .append(URLEncoder.encode(value, UTF_8));
            }
        }
        return query.toString();
    }

    /** All models that a path and a body of JSON name: whichever the provider takes is known. */
    private List<String> models(String path, byte[] body, int length) {
        List<String> models = new ArrayList<>();
        Matcher inPath = MODEL_IN_PATH.matcher(path);
        if (inPath.find()) {
            models.add(requireNonNull(inPath.group(1)));
        }
        try (JsonParser parser = json.createParser(body, 0, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return models;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("model") && value == JsonToken.VALUE_STRING) {
                    models.add(parser.getText());
                }
                parser.skipChildren();
            }
            return models;
        } catch (IOException e) {
            return List.of(); // A file, or a form: of what is in it nobody knows.
        }
    }

    private void drain(Arrival arrival) {
        if (arrival.request().content().hasEntity()) {
            bodies.drain(arrival.request(), arrival.response());
        }
    }

    private Outcome refuseUnread(Arrival arrival, ApiError error) {
        if (!arrival.request().content().hasEntity()) {
            return refuse(arrival, error);
        }
        Answers.sendAndClose(arrival.response(), error);
        drain(arrival);
        return Outcome.of(error.status());
    }

    private static Outcome refuse(Arrival arrival, ApiError error) {
        Answers.send(arrival.response(), error);
        return Outcome.of(error.status());
    }
}
