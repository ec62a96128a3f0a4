package dev.sluice.ingress.fleet;

import dev.sluice.ingress.routing.RequestTraits;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What this ingress sees of its deployments, as request threads tell it. Every {@link #started} is
 * followed by exactly one {@link #succeeded} or {@link #failed}. No call takes a lock, waits or
 * touches Kafka.
 */
public final class AttemptRecorder {

    private final LongSupplier nanoTime;
    private final Map<String, Deployment> deployments = new ConcurrentHashMap<>();

    /** Records attempts at the given deployments; at any other is a bug. */
    public AttemptRecorder(Collection<String> deploymentIds) {
        this(deploymentIds, System::nanoTime);
    }

    AttemptRecorder(Collection<String> deploymentIds, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        know(deploymentIds);
    }

    /**
     * Records attempts at these deployments too. Those of an earlier config stay: their last calls
     * may still be open.
     */
    public void know(Collection<String> deploymentIds) {
        for (String id : deploymentIds) {
            deployments.computeIfAbsent(
                    id, _ -> new Deployment(new DeploymentAttempts(id), new Cooldown(nanoTime)));
        }
    }

    /** An attempt is about to be made. */
    public void started(String deploymentId) {
        deployment(deploymentId).attempts.started();
    }

    /**
     * An attempt was answered.
     *
     * @param ttftMicros from start to the first content of a stream, -1 where there was none
     * @param totalMicros from start to end
     */
    public void succeeded(
            String deploymentId,
            boolean stream,
            int promptBytes,
            long ttftMicros,
            long totalMicros,
            long inputTokens,
            long outputTokens) {
        Deployment deployment = deployment(deploymentId);
        deployment.cooldown.succeeded();
        deployment.attempts.succeeded(
                stream,
                new RequestTraits(stream, promptBytes).promptBucket(),
                ttftMicros,
                totalMicros,
                inputTokens,
                outputTokens);
    }

    /**
     * An attempt was not answered. What is the caller's fault (most of {@code http_4xx}, {@code
     * cancelled}) does not count against the deployment.
     *
     * @param errorClass {@code http_} and the provider's status, or a word of few
     * @param rateLimited whether the provider asked for a pause
     * @param retryAfterSeconds the pause, -1 where it named none
     */
    public void failed(
            String deploymentId, String errorClass, boolean rateLimited, long retryAfterSeconds) {
        Deployment deployment = deployment(deploymentId);
        Blame blame = Blame.of(errorClass);
        if (rateLimited) {
            deployment.cooldown.rateLimited(retryAfterSeconds);
            deployment.attempts.rateLimited(retryAfterSeconds);
        }
        if (blame == Blame.NONE) {
            deployment.attempts.endedBlameless();
        } else {
            deployment.cooldown.failed(blame);
            deployment.attempts.failed(errorClass);
        }
    }

    /** Calls of this ingress that are open. */
    int inFlight(String deploymentId) {
        return deployment(deploymentId).attempts.inFlight();
    }

    /** Whether this ingress has reason of its own to leave a deployment alone. */
    boolean cooledDown(String deploymentId) {
        return deployment(deploymentId).cooldown.isOn();
    }

    boolean knows(String deploymentId) {
        return deployments.containsKey(deploymentId);
    }

    Iterable<DeploymentAttempts> attempts() {
        return deployments.values().stream().map(Deployment::attempts).toList();
    }

    private Deployment deployment(String id) {
        Deployment known = deployments.get(id);
        if (known == null) {
            throw new IllegalArgumentException("no deployment has the id " + id);
        }
        return known;
    }

    private record Deployment(DeploymentAttempts attempts, Cooldown cooldown) {}
}
