package dev.sluice.ingress.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

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
import dev.sluice.ingress.dispatch.Dispatcher;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Units;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * {@code POST /v1/route/explain}: how a request would be routed now. The body is the request
 * itself, of chat unless {@code endpoint} names another path. No provider is asked.
 */
final class RouteExplainHandler implements Handler {

    static final String PATH = "/v1/route/explain";

    private static final Route ROUTE = RouteTable.of("POST", PATH);
    private static final String ENDPOINT = "endpoint";
    private static final ApiError NO_SUCH_ENDPOINT =
            ApiError.invalidRequest("No endpoint whose calls are routed by a JSON body.", ENDPOINT);

    private final Gate gate;
    private final ModelAccess access;
    private final RequestRules rules;
    private final BodyReader bodies;
    private final ModelCatalog catalog;
    private final Dispatcher dispatcher;
    private final Map<String, ModelDoor> doors;
    private final TokenCounter counter;

    RouteExplainHandler(
            Gate gate,
            ModelAccess access,
            RequestRules rules,
            BodyReader bodies,
            ModelCatalog catalog,
            Dispatcher dispatcher,
            Map<String, ModelDoor> doors,
            TokenCounter counter) {
        this.gate = gate;
        this.access = access;
        this.rules = rules;
        this.bodies = bodies;
        this.catalog = catalog;
        this.dispatcher = dispatcher;
        this.doors = Map.copyOf(doors);
        this.counter = counter;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        switch (gate.admit(ROUTE, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted(var caller) -> {
                switch (bodies.read(request, response)) {
                    case RequestBody.Refused(var error, _) -> {
                        if (request.content().hasEntity()) {
                            response.header(HeaderValues.CONNECTION_CLOSE);
                        }
                        Answers.send(response, error);
                    }
                    case RequestBody.Read body -> {
                        try {
                            open(request, response, caller, body);
                        } finally {
                            bodies.release(body);
                        }
                    }
                }
            }
        }
    }

    private void open(
            ServerRequest request, ServerResponse response, Caller caller, RequestBody.Read body) {
        byte[] bytes = body.bytes();
        int length = body.length();
        String path = Endpoint.CHAT_COMPLETIONS.path();
        ObjectNode tree = JsonTrees.object(bytes, 0, length).orElse(null);
        JsonNode named = tree == null ? null : tree.remove(ENDPOINT);
        if (tree != null && named != null) {
            path = named.asText();
            bytes = JsonTrees.bytes(tree);
            length = bytes.length;
        }
        ModelDoor door = door(path);
        if (door == null || door.path().equals(Endpoint.TRANSCRIPTIONS.path())) {
            Answers.send(response, NO_SUCH_ENDPOINT);
            return;
        }
        var asker = new CallerWire.Asker(caller.tenant(), name -> access.group(caller, name));
        switch (door.wire().request(bytes, length, asker)) {
            case CallerWire.Request.Refused(var error) -> Answers.send(response, error);
            case CallerWire.Request.Understood understood ->
                    peek(request, response, caller, door, understood);
        }
    }

    private @Nullable ModelDoor door(String path) {
        ModelDoor door = doors.get(path);
        return door != null || !path.startsWith("/v1/") ? door : doors.get(path.substring(3));
    }

    private void peek(
            ServerRequest request,
            ServerResponse response,
            Caller caller,
            ModelDoor door,
            CallerWire.Request.Understood asked) {
        switch (RequestPeek.of(asked.endpoint(), asked.bytes(), asked.length(), false)) {
            case RequestPeek.Malformed(var message, var param) ->
                    Answers.send(response, ApiError.invalidRequest(message, param));
            case RequestPeek.Facts facts -> {
                switch (RouterHeaders.merge(request.headers(), caller.bounded(facts.wishes()))) {
                    case RouterHeaders.Merged.Refused(var error) -> Answers.send(response, error);
                    case RouterHeaders.Merged.Known(var wishes) -> {
                        RequestPeek.Facts all = facts.with(wishes);
                        switch (rules.endUsers(gate.headers(request), all)) {
                            case EndUserNames.Refused(var error) -> Answers.send(response, error);
                            case EndUserNames.Known users ->
                                    find(response, caller, door, asked, all, users);
                        }
                    }
                }
            }
        }
    }

    private void find(
            ServerResponse response,
            Caller caller,
            ModelDoor door,
            CallerWire.Request.Understood asked,
            RequestPeek.Facts facts,
            EndUserNames.Known users) {
        switch (access.decide(caller, facts.model())) {
            case ModelAccess.Decision.Denied(var error) -> Answers.send(response, error);
            case ModelAccess.Decision.Allowed(var model) -> {
                ModelGroup group = known(caller, model);
                String only = asked.deploymentId();
                group = group == null || only == null ? group : group.only(only);
                if (group == null || group.candidates().isEmpty()) {
                    Answers.send(
                            response, ApiError.invalidRequest("The model is not served.", "model"));
                    return;
                }
                explain(response, caller, door, asked, facts, users, group);
            }
        }
    }

    private void explain(
            ServerResponse response,
            Caller caller,
            ModelDoor door,
            CallerWire.Request.Understood asked,
            RequestPeek.Facts facts,
            EndUserNames.Known users,
            ModelGroup group) {
        var call =
                new CallFacts(
                        SpendEventIds.newRequestId(System.currentTimeMillis()),
                        caller,
                        asked.endpoint(),
                        door.callType(),
                        group.name(),
                        facts.stream(),
                        users.first(),
                        caller.tags(facts.wishes().tags()),
                        rules.regions(users.names()),
                        facts.wantsSchema(),
                        facts.promptBytes(),
                        new CallSize(
                                counter,
                                asked.endpoint(),
                                asked.bytes(),
                                asked.length(),
                                facts.promptBytes()),
                        new CallMeter(),
                        Units.NONE,
                        /* known= */ null);
        ObjectNode answer =
                dispatcher
                        .explainer()
                        .explain(
                                call,
                                group,
                                facts,
                                asked.bytes(),
                                asked.length(),
                                name -> asked.deploymentId() == null ? group(caller, name) : null);
        response.header(Answers.JSON);
        response.send(JsonTrees.bytes(answer));
    }

    /** The group of a name; a default fallback serves where there is none. */
    private @Nullable ModelGroup known(Caller caller, String model) {
        ModelGroup group = catalog.group(model);
        List<String> standIns = dispatcher.fallbackRules().forUnknownModels();
        for (int i = 0; group == null && i < standIns.size(); i++) {
            ModelGroup found = group(caller, standIns.get(i));
            group = found == null || found.candidates().isEmpty() ? null : found;
        }
        return group;
    }

    private @Nullable ModelGroup group(Caller caller, String name) {
        return access.decide(caller, name) instanceof ModelAccess.Decision.Allowed(var model)
                ? catalog.group(model)
                : null;
    }
}
