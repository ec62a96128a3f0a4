package dev.sluice.ingress.fleet;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.Sight;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.MinuteTotal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The fleet's figures as far as they have arrived, together with what this ingress knows better:
 * its own open calls and which deployments it leaves alone; what the fleet says of that is told to
 * its {@link Rests}.
 */
public final class FleetStates implements FleetView {

    /** A state older than this counts as unknown. */
    static final Duration STALE_AFTER = Duration.ofMinutes(2);

    /**
     * Open calls that nobody has told of for so long are not counted. Whoever has some says so
     * every 2 s, and the fleet passes that on.
     */
    static final Duration OPEN_CALLS_HOLD = Duration.ofSeconds(10);

    private static final long MINUTE_MILLIS = 60_000;

    private final AttemptRecorder recorder;
    private final InstantSource clock;
    private final Map<String, Known> states = new ConcurrentHashMap<>();

    /** Nothing is known of the fleet yet. */
    public FleetStates(AttemptRecorder recorder, InstantSource clock) {
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Takes in the newest state of a deployment; of one that is not ours it does nothing. */
    public void put(DeploymentState state) {
        if (states.size() > recorder.size()) {
            states.keySet().removeIf(id -> !recorder.knows(id));
        }
        if (recorder.knows(state.deploymentId())) {
            states.put(state.deploymentId(), Known.of(state, recorder));
            recorder.told(state, Duration.between(state.asOf(), clock.instant()));
            Instant until = state.cooldownUntil();
            if (until != null) {
                recorder.rests().heard(state.deploymentId(), Duration.between(now(state), until));
            }
        }
    }

    /** A state of times to come is from a clock that is ahead of this one. */
    private Instant now(DeploymentState state) {
        Instant now = clock.instant();
        return state.asOf().isAfter(now) ? state.asOf() : now;
    }

    /** A deployment is gone. */
    void remove(String deploymentId) {
        states.remove(deploymentId);
    }

    /** How many deployments have a state that counts. */
    long fresh() {
        return states.keySet().stream().filter(id -> state(id) != null).count();
    }

    @Override
    public @Nullable DeploymentState state(String deploymentId) {
        Known known = fresh(deploymentId);
        return known == null ? null : known.state;
    }

    @Override
    public double stateAgeSeconds(String deploymentId) {
        Known known = fresh(deploymentId);
        return known == null
                ? Double.POSITIVE_INFINITY
                : Math.max(0, clock.millis() - known.asOfMillis) / 1e3;
    }

    @Override
    public int inFlightHere(String deploymentId) {
        return recorder.inFlight(deploymentId);
    }

    @Override
    public int inFlightElsewhere(String deploymentId) {
        Known known = states.get(deploymentId);
        boolean holds =
                known != null && clock.millis() - known.asOfMillis <= OPEN_CALLS_HOLD.toMillis();
        return known != null && holds ? known.inFlightElsewhere : 0;
    }

    @Override
    public boolean cooledDown(String deploymentId) {
        return recorder.cooledDown(deploymentId);
    }

    @Override
    public Sight sight(String deploymentId) {
        return recorder.sight(deploymentId);
    }

    @Override
    public long requestsThisMinute(String deploymentId) {
        Known known = counted(deploymentId);
        long elsewhere = known == null ? 0 : known.requestsElsewhere;
        return elsewhere + recorder.minute(deploymentId).requests();
    }

    @Override
    public long tokensThisMinute(String deploymentId) {
        Known known = counted(deploymentId);
        long elsewhere = known == null ? 0 : known.tokensElsewhere;
        return elsewhere + recorder.minute(deploymentId).tokens();
    }

    /** What was counted elsewhere in the present minute; null where nothing was. */
    private @Nullable Known counted(String deploymentId) {
        Known known = states.get(deploymentId);
        return known == null || clock.millis() / MINUTE_MILLIS != known.minute ? null : known;
    }

    private @Nullable Known fresh(String deploymentId) {
        Known known = states.get(deploymentId);
        return known == null || clock.millis() - known.asOfMillis > STALE_AFTER.toMillis()
                ? null
                : known;
    }

    /**
     * A state without the part that this ingress had told itself by then.
     *
     * @param minute since the epoch, -1 where nothing was counted
     */
    private record Known(
            DeploymentState state,
            int inFlightElsewhere,
            long minute,
            long requestsElsewhere,
            long tokensElsewhere,
            long asOfMillis) {

        static Known of(DeploymentState state, AttemptRecorder recorder) {
            DeploymentAttempts.Told here = recorder.told(state.deploymentId(), state.asOf());
            MinuteTotal all = state.minute();
            MinuteTotal told = here.minute();
            boolean isSame = all != null && told != null && told.start().equals(all.start());
            MinuteTotal own = isSame ? told : null;
            return new Known(
                    state,
                    Math.clamp(state.inFlight() - here.inFlight(), 0, Integer.MAX_VALUE),
                    all == null ? -1 : all.start().toEpochMilli() / MINUTE_MILLIS,
                    all == null
                            ? 0
                            : Math.max(0, all.requests() - (own == null ? 0 : own.requests())),
                    all == null ? 0 : Math.max(0, all.tokens() - (own == null ? 0 : own.tokens())),
                    state.asOf().toEpochMilli());
        }
    }
}
