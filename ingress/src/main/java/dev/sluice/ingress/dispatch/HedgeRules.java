package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.config.HedgingSettings;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which streams are asked for twice, and when (after Dean and Barroso, The Tail at Scale, 2013): at
 * the 95th percentile of what a prompt of that size takes there, and a small share of all at most.
 *
 * <p>Only chats and completions that are streamed: somebody waits for them, nothing is kept by the
 * provider, and the loser can be cancelled before it has written much. Each ingress keeps its own
 * budget, which bounds the fleet to the same share.
 */
final class HedgeRules {

    /** No second attempt. */
    static final long NEVER = -1;

    private static final long HEDGE = 1_000_000;
    private static final long BURST = 10;
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

    /** Fewer samples make no percentile: then the mean counts so many times. */
    private static final double SAMPLES_MIN = 20;

    private static final double UNUSUAL = 3;

    private final boolean enabled;
    private final long leastNanos;
    private final long perCall;
    private final AtomicLong left = new AtomicLong();

    HedgeRules(HedgingSettings settings) {
        this.enabled = settings.enabled();
        this.leastNanos = settings.minDelay().toNanos();
        this.perCall = settings.maxShare().multiply(BigDecimal.valueOf(HEDGE)).longValue();
    }

    /** Whether a call may be asked for twice at all. It pays for later ones. */
    boolean called(CallFacts call) {
        if (!enabled || !call.stream() || !isRepeatable(call.endpoint())) {
            return false;
        }
        if (left.get() >= BURST * HEDGE) {
            // Most of the time it is full, and nothing is written that others would have to reread.
            return true;
        }
        left.accumulateAndGet(perCall, (now, more) -> Math.min(BURST * HEDGE, now + more));
        return true;
    }

    private static boolean isRepeatable(Endpoint endpoint) {
        return endpoint == Endpoint.CHAT_COMPLETIONS || endpoint == Endpoint.COMPLETIONS;
    }

    /** Nanoseconds of silence after which another deployment is asked; {@link #NEVER} for none. */
    long delayNanos(FleetView fleet, String deploymentId, RequestTraits traits) {
        if (left.get() < HEDGE) {
            return NEVER;
        }
        double micros = usualMicros(fleet, deploymentId, traits);
        if (Double.isNaN(micros)) {
            return NEVER;
        }
        long usual = (long) (micros * TimeUnit.MICROSECONDS.toNanos(1));
        return Math.max(leastNanos, Math.min(usual, LONGEST_NANOS));
    }

    private static double usualMicros(FleetView fleet, String deploymentId, RequestTraits traits) {
        DeploymentState state = fleet.state(deploymentId);
        Latency known = state == null ? null : state.ttftMicros().get(traits.promptBucket());
        return known != null && known.samples() >= SAMPLES_MIN
                ? known.p95Micros()
                : UNUSUAL * fleet.sight(deploymentId).ttftMicros(true, traits.promptBucket());
    }

    /** Whether a second attempt may be made; it is taken from the budget then. */
    boolean take() {
        long price = HEDGE;
        long now = left.get();
        while (now >= price) {
            if (left.compareAndSet(now, now - price)) {
                return true;
            }
            now = left.get();
        }
        return false;
    }
}
