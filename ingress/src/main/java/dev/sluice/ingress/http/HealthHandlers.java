package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * {@code /health/liveliness} and {@code /health/readiness}. Public, and without any model call of
 * their own. A part that is away is named, and the status is {@code degraded}; it stays a 200,
 * because calls are served without that part. While they are not, it is {@code unhealthy} and 503.
 */
public final class HealthHandlers implements HttpService {

    private static final byte[] ALIVE = "\"I'm alive!\"".getBytes(UTF_8);

    private final Map<String, BooleanSupplier> parts = new ConcurrentHashMap<>();
    private volatile BooleanSupplier serves = () -> true;

    /** Watches a part: it is healthy while {@code isReady} says so. */
    public void watch(String part, BooleanSupplier isReady) {
        parts.put(part, isReady);
    }

    /** Says whether calls can be served at all; they can until this is told. */
    public void servesWhile(BooleanSupplier canServe) {
        serves = canServe;
    }

    /** Whether every part is ready. */
    public boolean isReady() {
        return parts.values().stream().allMatch(BooleanSupplier::getAsBoolean);
    }

    /** How many parts are not ready. */
    public long degradedParts() {
        return parts.values().stream().filter(part -> !part.getAsBoolean()).count();
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/health/liveliness", HealthHandlers::alive)
                .get("/health/liveness", HealthHandlers::alive)
                .get("/health/readiness", this::ready);
    }

    private static void alive(ServerRequest request, ServerResponse response) {
        response.header(Answers.JSON);
        response.send(ALIVE);
    }

    private void ready(ServerRequest request, ServerResponse response) {
        var states = new TreeMap<String, Boolean>();
        parts.forEach((part, isReady) -> states.put(part, isReady.getAsBoolean()));
        boolean served = serves.getAsBoolean();
        String whole = states.containsValue(false) ? "degraded" : "healthy";
        var json = new StringBuilder("{\"status\":\"");
        json.append(served ? whole : "unhealthy").append("\",\"parts\":{");
        states.forEach((part, isReady) ->
                json.append(json.charAt(json.length() - 1) == '{' ? "" : ",")
                        .append('"')
                        .append(part)
                        .append("\":\"")
                        .append(isReady ? "ready" : "away")
                        .append('"'));
        json.append("}}");
        response.status(served ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
        response.header(Answers.JSON);
        response.send(json.toString().getBytes(UTF_8));
    }
}
