package dev.sluice.ingress.http;

import dev.sluice.ingress.admission.CallAdmission;
import dev.sluice.ingress.admission.CallMeter;
import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.EndUserNames;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.RequestRules;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.CallSize;
import dev.sluice.ingress.dispatch.Dispatched;
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.dispatch.WholeCall;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.usage.AskedUnits;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * A model endpoint: the whole life of a request. Bytes in, who is it, what does he want, was it
 * answered before, who shall answer, bytes out.
 */
final class CompletionHandler implements Handler {

    private final String callType;
    private final CallerWire wire;
    private final Route route;
    private final Gate gate;
    private final ModelAccess access;
    private final RequestRules rules;
    private final BodyReader bodies;
    private final ModelCatalog catalog;
    private final CallCaching caching;
    private final Dispatcher dispatcher;
    private final CallAnswers answers;
    private final GatewayMetrics metrics;
    private final CallAdmission admission;
    private final CallHeaders headers;
    private final TokenCounter tokenCounter;

    CompletionHandler(
            ModelDoor door,
            Gate gate,
            ModelAccess access,
            RequestRules rules,
            CallAdmission admission,
            CallHeaders headers,
            BodyReader bodies,
            ModelCatalog catalog,
            CallCaching caching,
            Dispatcher dispatcher,
            GatewayMetrics metrics,
            TokenCounter tokenCounter) {
        this.callType = door.callType();
        this.wire = door.wire();
        this.route = RouteTable.of("POST", door.path());
        this.gate = gate;
        this.access = access;
        this.rules = rules;
        this.admission = admission;
        this.headers = headers;
        this.bodies = bodies;
        this.catalog = catalog;
        this.caching = caching;
        this.dispatcher = dispatcher;
        this.answers = new CallAnswers(headers, caching);
        this.metrics = metrics;
        this.tokenCounter = tokenCounter;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long startedNanos = System.nanoTime();
        UUID requestId = SpendEventIds.newRequestId(System.currentTimeMillis());
        var head = new AnswerHead(requestId);
        response.header(head);
        metrics.requestStarted();
        Outcome outcome = Outcome.INTERNAL_ERROR;
        try {
            outcome = authenticate(new Arrival(request, response, requestId, head, startedNanos));
        } catch (CloseConnectionException e) {
            outcome = Outcome.CANCELLED;
            throw e;
        } finally {
            metrics.requestEnded(outcome, Duration.ofNanos(System.nanoTime() - startedNanos));
        }
    }

    private Outcome authenticate(Arrival arrival) {
        return switch (gate.admit(route, arrival.request())) {
            case Authentication.Refused refused -> refuseUnread(arrival, refused);
            case Authentication.Accepted(var caller) -> read(arrival, caller);
        };
    }

    private Outcome read(Arrival arrival, Caller caller) {
        return switch (bodies.read(arrival.request(), arrival.response())) {
            case RequestBody.Refused(var error, var closes) ->
                    closes ? refuseUnread(arrival, error) : refuse(arrival.response(), error);
            case RequestBody.Read body -> {
                try {
                    yield translate(arrival, caller, body);
                } finally {
                    bodies.release(body);
                }
            }
        };
    }

    private Outcome translate(Arrival arrival, Caller caller, RequestBody.Read body) {
        var asker = new CallerWire.Asker(caller.tenant(), name -> access.group(caller, name));
        return switch (wire.request(body.bytes(), body.length(), asker)) {
            case CallerWire.Request.Refused(var error) -> refuse(arrival.response(), error);
            case CallerWire.Request.Understood understood -> {
                // A translation is held as long as the body that it was made of.
                long copied = wire instanceof CallerWire.OpenAi ? 0 : understood.bytes().length;
                if (!bodies.reserve(copied)) {
                    yield refuse(arrival.response(), BodyReader.BUSY);
                }
                try {
                    yield understand(arrival, caller, understood);
                } finally {
                    bodies.release(copied);
                }
            }
        };
    }

    private Outcome understand(
            Arrival arrival, Caller caller, CallerWire.Request.Understood request) {
        return switch (peek(arrival, request)) {
            case RequestPeek.Malformed(var message, var param) ->
                    refuse(arrival.response(), ApiError.invalidRequest(message, param));
            case RequestPeek.Facts facts ->
                    switch (RouterHeaders.merge(
                            arrival.request().headers(), caller.bounded(facts.wishes()))) {
                        case RouterHeaders.Merged.Refused(var error) ->
                                refuse(arrival.response(), error);
                        case RouterHeaders.Merged.Known(var wishes) ->
                                identify(arrival, caller, request, facts.with(wishes));
                    };
        };
    }

    private Outcome identify(
            Arrival arrival,
            Caller caller,
            CallerWire.Request.Understood request,
            RequestPeek.Facts facts) {
        return switch (rules.endUsers(gate.headers(arrival.request()), facts)) {
            case EndUserNames.Refused(var error) -> refuse(arrival.response(), error);
            case EndUserNames.Known users -> authorize(arrival, caller, request, facts, users);
        };
    }

    /** Azure's clients name the model in the path. */
    private RequestPeek peek(Arrival arrival, CallerWire.Request.Understood asked) {
        ServerRequest request = arrival.request();
        String model = request.path().pathParameters().first("model").orElse(null);
        return asked.endpoint().isForm()
                ? RequestPeek.ofForm(
                        request.headers().value(HeaderNames.CONTENT_TYPE).orElse(null),
                        asked.bytes(),
                        asked.length(),
                        caching.isFor(callType, asked.endpoint()),
                        model)
                : RequestPeek.of(
                        asked.endpoint(),
                        asked.bytes(),
                        asked.length(),
                        caching.isFor(callType, asked.endpoint()),
                        model);
    }

    /** May he, and which model does he mean? */
    private Outcome authorize(
            Arrival arrival,
            Caller caller,
            CallerWire.Request.Understood request,
            RequestPeek.Facts facts,
            EndUserNames.Known users) {
        ServerResponse response = arrival.response();
        ApiError refusal =
                rules.refusal(
                        caller,
                        facts,
                        users.names(),
                        request.bytes(),
                        request.length(),
                        arrival.request().headers().value(HeaderNames.CACHE_CONTROL).orElse(null),
                        RouterHeaders.hasTags(arrival.request().headers()));
        if (refusal != null) {
            return refuse(response, refusal);
        }
        ApiError deniedStandIn = deniedStandIn(caller, facts.wishes());
        if (deniedStandIn != null) {
            return refuse(response, deniedStandIn);
        }
        return switch (access.decide(caller, facts.model())) {
            case ModelAccess.Decision.Denied(var error) -> refuse(response, error);
            case ModelAccess.Decision.Allowed(var model) -> {
                ModelGroup group = known(caller, model);
                if (group == null) {
                    yield refuse(response, unknownModel(facts.model()));
                }
                String only = request.deploymentId();
                group = only == null ? group : group.only(only);
                if (group == null) {
                    yield refuse(response, ResponsesWire.NOT_FOUND);
                }
                if (group.candidates().isEmpty()) {
                    arrival.head().text(CallHeaders.MODEL_GROUP, group.name());
                    yield refuse(response, notBuilt(group));
                }
                var call =
                        new CallFacts(
                                arrival.requestId(),
                                caller,
                                request.endpoint(),
                                callType,
                                group.name(),
                                facts.stream(),
                                users.first(),
                                caller.tags(facts.wishes().tags()),
                                rules.regions(users.names()),
                                facts.wantsSchema(),
                                facts.promptBytes(),
                                new CallSize(
                                        tokenCounter,
                                        request.endpoint(),
                                        request.bytes(),
                                        request.length(),
                                        facts.promptBytes()),
                                new CallMeter(),
                                AskedUnits.of(
                                        request.endpoint(),
                                        request.bytes(),
                                        request.length(),
                                        facts.form()),
                                /* known= */ null);
                yield admit(arrival, call, facts, request, group);
            }
        };
    }

    /** The group of a name; a default fallback serves where there is none. */
    private @Nullable ModelGroup known(Caller caller, String model) {
        ModelGroup group = catalog.group(model);
        if (group != null) {
            return group;
        }
        for (String standIn : dispatcher.fallbackRules().forUnknownModels()) {
            ModelGroup found = standIn(caller, standIn);
            if (found != null && !found.candidates().isEmpty()) {
                return found;
            }
        }
        return null;
    }

    /** What goes on from a provider's own response can go on nowhere else. */
    private @Nullable ModelGroup standIn(Call call, String name) {
        return call.request().deploymentId() == null ? standIn(call.facts().caller(), name) : null;
    }

    private @Nullable ModelGroup standIn(Caller caller, String name) {
        return access.decide(caller, name) instanceof ModelAccess.Decision.Allowed(var model)
                ? catalog.group(model)
                : null;
    }

    /** A fallback that the caller names himself must be one that he may use. */
    private @Nullable ApiError deniedStandIn(Caller caller, RouterWishes wishes) {
        List<String> names = wishes.fallbacks();
        if (names != null) {
            for (String name : names) {
                if (access.decide(caller, name) instanceof ModelAccess.Decision.Denied(var error)) {
                    return error;
                }
            }
        }
        return null;
    }

    /** Does it fit into what limits him? */
    private Outcome admit(
            Arrival arrival,
            CallFacts facts,
            RequestPeek.Facts peek,
            CallerWire.Request.Understood request,
            ModelGroup group) {
        CallAdmission.Decision decision =
                admission.admit(
                        facts.caller(),
                        facts.endUser(),
                        group.name(),
                        facts.promptBytes(),
                        peek.maxOutputTokens(),
                        request.endpoint().hasOutput(),
                        group.dearestPrice(),
                        facts.asked());
        ServerResponse response = arrival.response();
        return switch (decision) {
            case CallAdmission.Decision.Refused(var limit) -> {
                headers.refused(response, limit);
                arrival.head().text(CallHeaders.MODEL_GROUP, group.name());
                yield refuse(response, limit.error());
            }
            case CallAdmission.Decision.Admitted(var ticket) -> {
                var call = new Call(arrival, facts, peek, request, ticket);
                try {
                    headers.limits(call.head(), facts.caller(), ticket);
                    yield serve(call, group);
                } finally {
                    // Every answer has settled it before its end; what broke off has not.
                    call.settle();
                }
            }
        };
    }

    private Outcome serve(Call call, ModelGroup group) {
        return switch (caching.find(call, group)) {
            case CallCaching.Lookup.Answered(var outcome) -> outcome;
            case CallCaching.Lookup.Unanswered(var place) -> {
                try {
                    yield ask(call, group, place);
                } finally {
                    if (place != null) {
                        caching.done(place);
                    }
                }
            }
        };
    }

    private Outcome ask(Call call, ModelGroup group, CallCaching.@Nullable Place place) {
        Call rest = CallCaching.rest(call, place);
        if (place == null || rest == null) {
            return answered(call, dispatched(call, group, null), place);
        }
        // It is held as long as the body that it was made of.
        long copied = rest.request().length();
        if (!bodies.reserve(copied)) {
            return answered(call, dispatched(call, group, null), place.ofAll());
        }
        Dispatched dispatched;
        try {
            // Vectors of two models cannot be compared: who stands in is asked for all of it.
            dispatched =
                    dispatched(
                            rest,
                            group,
                            new WholeCall(
                                    call.facts(),
                                    call.peek(),
                                    call.request().bytes(),
                                    call.request().length()));
        } finally {
            bodies.release(copied);
        }
        return answered(call, dispatched, dispatched.isWhole() ? place.ofAll() : place);
    }

    private Outcome answered(Call call, Dispatched dispatched, CallCaching.@Nullable Place place) {
        return answers.answer(call, caching.completed(call, place, dispatched), place);
    }

    private Dispatched dispatched(Call asked, ModelGroup group, @Nullable WholeCall whole) {
        return dispatcher.dispatch(
                asked.facts(),
                group,
                asked.peek(),
                asked.request().bytes(),
                asked.request().length(),
                name -> standIn(asked, name),
                whole);
    }

    private Outcome refuse(ServerResponse response, ApiError error) {
        Answers.send(response, error, wire);
        return Outcome.of(error.status());
    }

    /** The body is still under way: answer, let the caller finish, end the connection. */
    private Outcome refuseUnread(Arrival arrival, ApiError error) {
        arrival.response().header(HeaderValues.CONNECTION_CLOSE);
        Answers.send(arrival.response(), error, wire);
        if (arrival.request().content().hasEntity()) {
            bodies.drain(arrival.request(), arrival.response());
        }
        return Outcome.of(error.status());
    }

    private Outcome refuseUnread(Arrival arrival, Authentication.Refused refused) {
        if (refused.retryAfterSeconds() >= 0) {
            arrival.response()
                    .header(HeaderNames.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
        }
        return refuseUnread(arrival, refused.error());
    }

    /** In LiteLLM's words, which clients look for; a name that may be anything is not repeated. */
    private ApiError unknownModel(String model) {
        boolean isName =
                model.length() <= 100 && model.chars().allMatch(CompletionHandler::isOfName);
        String message =
                "{'error': '%s: Invalid model name passed in model=%s. Call `/v1/models` to view available models for your key.'}"
                        .formatted(route.path(), isName ? model : "***");
        return new ApiError(400, message, "None", "None", "400");
    }

    private static boolean isOfName(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._/:@".indexOf(c) >= 0;
    }

    private static ApiError notBuilt(ModelGroup group) {
        return ApiError.of(
                501,
                "not_implemented_error",
                "None of the providers of %s is built yet.".formatted(group.name()));
    }
}
