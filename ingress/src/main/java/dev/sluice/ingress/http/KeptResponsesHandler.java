package dev.sluice.ingress.http;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.responses.KeptResponse;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.time.Duration;

/**
 * {@code GET} and {@code DELETE /v1/responses/{id}}: read and deleted where they are kept, by who
 * made them.
 */
final class KeptResponsesHandler {

    private static final int LARGEST_BYTES = 64 << 20;
    private static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(1));
    private static final ApiError NOT_FOUND =
            new ApiError(
                    404,
                    "There is no such response.",
                    "invalid_request_error",
                    "response_id",
                    "404");
    private static final ApiError AWAY =
            ApiError.of(502, "api_connection_error", "The provider cannot be reached.");
    private static final ApiError NO_ACCESS =
            ApiError.of(
                    502,
                    "api_error",
                    "The provider refused the gateway's credentials for this deployment.");

    private final Gate gate;
    private final ResponseIds ids;
    private final ModelCatalog catalog;
    private final UpstreamTransport transport;

    KeptResponsesHandler(
            Gate gate, ResponseIds ids, ModelCatalog catalog, UpstreamTransport transport) {
        this.gate = gate;
        this.ids = ids;
        this.catalog = catalog;
        this.transport = transport;
    }

    void handle(Route route, ServerRequest request, ServerResponse response) {
        response.header(
                Answers.CALL_ID, SpendEventIds.newRequestId(System.currentTimeMillis()).toString());
        switch (gate.admit(route, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted(var caller) -> {
                String name = request.path().pathParameters().first("id").orElse("");
                find(caller.tenant(), route.method(), name, response);
            }
        }
    }

    private void find(String tenant, String method, String name, ServerResponse response) {
        ResponseIds.Kept kept = ids.open(tenant, name).orElse(null);
        Deployment deployment = kept == null ? null : catalog.deployment(kept.deploymentId());
        if (kept == null || deployment == null) {
            Answers.send(response, NOT_FOUND);
            return;
        }
        switch (deployment.protocol().kept(kept.providerId())) {
            case Preparation.Ready ready -> ask(tenant, method, deployment, ready, response);
            case Preparation.Unsupported _ -> Answers.send(response, NOT_FOUND);
            case Preparation.NotNow(var message) ->
                    Answers.send(response, ApiError.of(503, "service_unavailable_error", message));
        }
    }

    private void ask(
            String tenant,
            String method,
            Deployment deployment,
            Preparation.Ready ready,
            ServerResponse response) {
        var request =
                new UpstreamRequest(
                        method, ready.target(), ready.headers(), ready.body(), DEADLINES);
        switch (transport.send(request)) {
            case Exchange.Failed _ -> Answers.send(response, AWAY);
            case Exchange.Answered(var answer) -> {
                byte[] body;
                try (answer) {
                    body = answer.readAll(LARGEST_BYTES);
                } catch (IOException e) {
                    Answers.send(response, AWAY);
                    return;
                }
                tell(tenant, deployment, ready, answer, body, response);
            }
        }
    }

    private void tell(
            String tenant,
            Deployment deployment,
            Preparation.Ready ready,
            UpstreamResponse answer,
            byte[] body,
            ServerResponse response) {
        int status = answer.status();
        if (status == 404) {
            Answers.send(response, NOT_FOUND);
        } else if (status == 401 || status == 403) {
            Answers.send(response, NO_ACCESS);
        } else if (status / 100 == 2) {
            response.header(Answers.JSON);
            response.send(
                    KeptResponse.renamed(
                            body,
                            id -> ids.seal(tenant, new ResponseIds.Kept(deployment.id(), id))));
        } else {
            ProviderFailure failure = ready.translation().failure(status, answer::header, body);
            response.status(Status.create(failure.status()));
            response.header(Answers.JSON);
            response.send(failure.body());
        }
    }
}
