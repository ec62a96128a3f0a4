package dev.sluice.standalone.lab;

import dev.sluice.router.DeploymentStatistics;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes through Kafka in production, as late as there: deltas every 200 ms, folded by the
 * router worker's code, at most four states a second of each deployment, and the way both times.
 */
final class FleetBus {

    private static final long DELTA_MICROS = 200_000;
    private static final long REVIEW_MICROS = 100_000;
    private static final Duration STATE_INTERVAL = Duration.ofMillis(250);

    private final Simulation simulation;
    private final List<FleetMember> members;
    private final long wayMicros;
    private final Map<String, Tracked> deployments = new HashMap<>();

    private static final class Tracked {

        private final DeploymentStatistics statistics;
        private Instant publishedAt = Instant.EPOCH;
        private boolean changed;

        Tracked(String deploymentId) {
            statistics = new DeploymentStatistics(deploymentId);
        }
    }

    /**
     * A bus that is not running yet.
     *
     * @param way of one record through the broker
     */
    FleetBus(Simulation simulation, List<FleetMember> members, Duration way) {
        this.simulation = simulation;
        this.members = List.copyOf(members);
        this.wayMicros = way.toMillis() * 1000;
    }

    void start() {
        for (int i = 0; i < members.size(); i++) {
            FleetMember member = members.get(i);
            long phase = DELTA_MICROS * (i + 1) / (members.size() + 1);
            simulation.after(phase, () -> tell(member));
        }
        simulation.after(REVIEW_MICROS, this::review);
    }

    private void tell(FleetMember member) {
        List<AttemptDelta> deltas = member.tell(simulation.instant());
        if (!deltas.isEmpty()) {
            simulation.after(wayMicros, () -> deltas.forEach(this::fold));
        }
        simulation.after(DELTA_MICROS, () -> tell(member));
    }

    private void fold(AttemptDelta delta) {
        Instant now = simulation.instant();
        Tracked tracked = deployments.computeIfAbsent(delta.deploymentId(), Tracked::new);
        if (tracked.statistics.fold(delta, now)) {
            tracked.changed = true;
            publishIfDue(tracked, now);
        }
    }

    private void review() {
        deployments.values().forEach(tracked -> publishIfDue(tracked, simulation.instant()));
        simulation.after(REVIEW_MICROS, this::review);
    }

    private void publishIfDue(Tracked tracked, Instant now) {
        if (!tracked.changed || now.isBefore(tracked.publishedAt.plus(STATE_INTERVAL))) {
            return;
        }
        tracked.changed = false;
        tracked.publishedAt = now;
        DeploymentState state = tracked.statistics.state(now);
        simulation.after(wayMicros, () -> members.forEach(member -> member.hear(state)));
    }
}
