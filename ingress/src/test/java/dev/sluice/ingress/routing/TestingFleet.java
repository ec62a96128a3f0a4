package dev.sluice.ingress.routing;

import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A fleet whose figures a test sets by hand. */
final class TestingFleet implements FleetView {

    private final Map<String, DeploymentState> states = new HashMap<>();
    private final Map<String, Double> ages = new HashMap<>();
    private final Map<String, Integer> inFlight = new HashMap<>();
    private final Map<String, Integer> elsewhere = new HashMap<>();
    private final Map<String, Sight> sights = new HashMap<>();
    private final Map<String, Long> requests = new HashMap<>();
    private final Map<String, Long> tokens = new HashMap<>();
    private final Set<String> cooledDown = new HashSet<>();

    TestingFleet knows(String id, double ttftMillis, double totalMillis) {
        return knows(id, ttftMillis, totalMillis, 0);
    }

    TestingFleet knows(String id, double ttftMillis, double totalMillis, double errorRate) {
        return knows(id, known(ttftMillis), known(totalMillis), Map.of(), errorRate);
    }

    TestingFleet knows(
            String id,
            Latency ttft,
            Latency total,
            Map<Integer, Latency> ttftBySize,
            double errorRate) {
        states.put(
                id,
                new DeploymentState(
                        id,
                        Instant.EPOCH,
                        ttftBySize,
                        ttft,
                        total,
                        Latency.UNKNOWN,
                        errorRate,
                        0,
                        null,
                        null,
                        null,
                        null,
                        null));
        return this;
    }

    TestingFleet heard(String id, double secondsAgo) {
        ages.put(id, secondsAgo);
        return this;
    }

    TestingFleet coolsDown(String id) {
        cooledDown.add(id);
        return this;
    }

    TestingFleet serves(String id, int calls) {
        inFlight.put(id, calls);
        return this;
    }

    TestingFleet servesElsewhere(String id, int calls) {
        elsewhere.put(id, calls);
        return this;
    }

    TestingFleet sees(String id, Sight sight) {
        sights.put(id, sight);
        return this;
    }

    TestingFleet used(String id, long requestsThisMinute, long tokensThisMinute) {
        requests.put(id, requestsThisMinute);
        tokens.put(id, tokensThisMinute);
        return this;
    }

    static Latency known(double millis) {
        return new Latency(millis * 1000, Math.round(millis * 1000), Math.round(millis * 2000), 10);
    }

    @Override
    public @Nullable DeploymentState state(String deploymentId) {
        return states.get(deploymentId);
    }

    @Override
    public double stateAgeSeconds(String deploymentId) {
        return states.containsKey(deploymentId)
                ? ages.getOrDefault(deploymentId, 0.0)
                : Double.POSITIVE_INFINITY;
    }

    @Override
    public int inFlightHere(String deploymentId) {
        return inFlight.getOrDefault(deploymentId, 0);
    }

    @Override
    public int inFlightElsewhere(String deploymentId) {
        return elsewhere.getOrDefault(deploymentId, 0);
    }

    @Override
    public Sight sight(String deploymentId) {
        return sights.getOrDefault(deploymentId, TestingSight.NOTHING);
    }

    @Override
    public long requestsThisMinute(String deploymentId) {
        return requests.getOrDefault(deploymentId, 0L);
    }

    @Override
    public long tokensThisMinute(String deploymentId) {
        return tokens.getOrDefault(deploymentId, 0L);
    }

    @Override
    public boolean cooledDown(String deploymentId) {
        return cooledDown.contains(deploymentId);
    }
}
