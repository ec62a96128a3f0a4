package dev.sluice.ingress.fleet;

import dev.sluice.ingress.capacity.AdaptiveConcurrency;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.Sight;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What this ingress sees of its deployments, as request threads tell it. No call takes a lock,
 * waits or touches Kafka.
 */
public final class AttemptRecorder {

    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final Map<String, Deployment> deployments = new ConcurrentHashMap<>();
    private final Rests rests;
    private volatile Set<String> served = Set.of();

    /** Records attempts at the given deployments. */
    public AttemptRecorder(Collection<String> deploymentIds) {
        this(deploymentIds, System::nanoTime, InstantSource.system());
    }

    /** The same by other clocks: one for durations, one for minutes. */
    public AttemptRecorder(
            Collection<String> deploymentIds, LongSupplier nanoTime, InstantSource clock) {
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.rests = new Rests(deploymentIds, nanoTime);
        know(deploymentIds);
    }

    /**
     * Records attempts at these deployments from now on. Others are forgotten once no call is open
     * there and the fleet has been told of the last: see {@link #deltas}.
     */
    public void know(Collection<String> deploymentIds) {
        served = Set.copyOf(deploymentIds);
        served.forEach(this::deployment);
    }

    /** Which deployments this ingress leaves alone. */
    public Rests rests() {
        return rests;
    }

    /** How many calls a deployment bears at once. */
    public AdaptiveConcurrency concurrency(String deploymentId) {
        return deployment(deploymentId).concurrency;
    }

    /** The same for an attempt for which no leave was asked. */
    public Flight started(String deploymentId, RequestTraits traits) {
        return started(deploymentId, traits, Leave.ANY);
    }

    /** An attempt is about to be made by this leave. What is returned must be ended. */
    public Flight started(String deploymentId, RequestTraits traits, Leave leave) {
        Deployment deployment = deployment(deploymentId);
        return new Flight(
                deploymentId,
                deployment.attempts,
                rests,
                leave,
                deployment.sight,
                deployment.concurrency,
                traits.stream(),
                traits.promptBucket(),
                traits.expectedTokens());
    }

    /**
     * What is new of each deployment since the last call; of those without news, nothing. Forgets
     * those without news that no config has any more. For one thread.
     *
     * @param lastSeq of the deltas before
     */
    public List<AttemptDelta> deltas(
            String ingressId, long lastSeq, Instant windowStart, Instant windowEnd) {
        List<AttemptDelta> deltas = new ArrayList<>();
        for (var entry : deployments.entrySet()) {
            AttemptDelta delta =
                    entry.getValue()
                            .attempts
                            .drain(ingressId, lastSeq + deltas.size() + 1, windowStart, windowEnd);
            if (delta != null) {
                deltas.add(delta);
            } else if (!served.contains(entry.getKey())) {
                deployments.computeIfPresent(
                        entry.getKey(), (id, known) -> isOver(id, known) ? null : known);
            }
        }
        rests.forgetAllBut(deployments.keySet());
        return deltas;
    }

    private boolean isOver(String id, Deployment known) {
        return !served.contains(id)
                && known.attempts.inFlight() == 0
                && known.concurrency.open() == 0;
    }

    /** Calls of this ingress that are open. */
    int inFlight(String deploymentId) {
        return deployment(deploymentId).attempts.inFlight();
    }

    /** What this ingress had told the fleet at that time. */
    DeploymentAttempts.Told told(String deploymentId, Instant asOf) {
        return deployment(deploymentId).attempts.told(asOf.toEpochMilli());
    }

    /** Whether this ingress has reason of its own to leave a deployment alone. */
    boolean cooledDown(String deploymentId) {
        return rests.isOn(deploymentId);
    }

    /** What the fleet knew so long ago, for what this ingress has not seen itself. */
    void told(DeploymentState state, Duration age) {
        deployment(state.deploymentId()).sight.told(state, age);
    }

    Sight sight(String deploymentId) {
        return deployment(deploymentId).sight;
    }

    MinuteUse minute(String deploymentId) {
        return deployment(deploymentId).attempts.minute();
    }

    boolean knows(String deploymentId) {
        return deployments.containsKey(deploymentId);
    }

    /** How many deployments it keeps figures of. */
    int size() {
        return deployments.size();
    }

    /** Calls that began under an earlier config may come to a forgotten one again, for a while. */
    private Deployment deployment(String id) {
        Deployment known = deployments.get(id);
        return known != null ? known : deployments.computeIfAbsent(id, this::unknown);
    }

    private Deployment unknown(String id) {
        var sight = new LocalSight(nanoTime, clock);
        return new Deployment(
                new DeploymentAttempts(id, new MinuteUse(clock), rests, sight),
                sight,
                new AdaptiveConcurrency(nanoTime));
    }

    private record Deployment(
            DeploymentAttempts attempts, LocalSight sight, AdaptiveConcurrency concurrency) {}
}
