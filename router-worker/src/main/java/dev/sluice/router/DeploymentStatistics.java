package dev.sluice.router;

import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;
import dev.sluice.schemas.events.MinuteTotal;
import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What all ingresses' deltas say of one deployment. Not safe for threads.
 *
 * <p>An attempt's weight halves every 15 s of wall time, however few or many come after it. The
 * weights are kept by forward decay (Cormode et al., 2009): a later window weighs more instead of
 * the earlier ones less, so that windows fold in any order to the same figures, and folding costs
 * what is new. Now and then everything is scaled down.
 *
 * <p>Ingresses have clocks of their own. What one says of times to come is taken as so long from
 * now as it says it is from then, where its clock is ahead; so nobody rests longer, and no word
 * stands longer, because somebody's clock is wrong. What it counted in a minute that has not begun
 * here waits for that minute.
 */
public final class DeploymentStatistics {

    /** A window older than this is not worth folding, and its ingress is forgotten. */
    static final Duration OLDEST = Duration.ofMinutes(2);

    private static final Duration HALF_LIFE = Duration.ofSeconds(15);
    private static final Duration SLOWNESS_HALF_LIFE = Duration.ofSeconds(1);
    private static final Duration UNHEARD = Duration.ofSeconds(5);
    private static final double RESCALE_AT_HALF_LIVES = 64;

    /** No ingress leaves a deployment alone for longer; a damaged delta may say anything. */
    private static final Duration LONGEST_COOLDOWN = Duration.ofHours(1);

    private static final Duration FARTHEST_AHEAD = Duration.ofDays(1);

    /** One imagined success: few attempts do not condemn, and silence forgives. */
    private static final double PRIOR_SUCCESSES = 1;

    /** Prompt sizes are powers of two of an int; a damaged delta may name any. */
    private static final int PROMPT_BUCKETS = 32;

    private final String deploymentId;
    private final Map<String, Heard> ingresses = new HashMap<>();
    private final Map<Integer, DecayingSketch> ttftBySize = new HashMap<>();
    private final DecayingSketch ttft = new DecayingSketch();
    private final DecayingSketch total = new DecayingSketch();
    private final DecayingSketch interToken = new DecayingSketch();
    private double attempts;
    private double failures;
    private Instant landmark = Instant.EPOCH;
    private Instant asOf = Instant.EPOCH;
    private Instant cooldownUntil = Instant.EPOCH;
    private @Nullable RateLimit requestLimit;
    private @Nullable RateLimit tokenLimit;

    /** Nothing is known of the deployment yet. */
    public DeploymentStatistics(String deploymentId) {
        this.deploymentId = deploymentId;
    }

    /**
     * Takes in a delta.
     *
     * @return false if it changes nothing: it was folded before, or it is too old
     */
    public boolean fold(AttemptDelta delta, Instant now) {
        Instant windowEnd = min(delta.windowEnd(), now);
        Heard last = ingresses.get(delta.ingressId());
        boolean isRepeated =
                last != null && delta.seq() <= last.seq && !windowEnd.isAfter(last.windowEnd);
        if (isRepeated || windowEnd.isBefore(now.minus(OLDEST))) {
            return false;
        }
        ingresses.put(
                delta.ingressId(),
                new Heard(
                        delta.seq(),
                        windowEnd,
                        Math.max(0, delta.inFlight()),
                        delta.minute(),
                        delta.slowness()));
        asOf = max(asOf, windowEnd);
        add(delta, weightAt(windowEnd));
        Duration ahead = ahead(delta, windowEnd);
        coolDown(delta, ahead, now);
        requestLimit = newer(requestLimit, delta, RateLimit.REQUESTS, ahead, now);
        tokenLimit = newer(tokenLimit, delta, RateLimit.TOKENS, ahead, now);
        return true;
    }

    /** The figures as they are now. */
    public DeploymentState state(Instant now) {
        double unit = weightAt(now);
        Map<Integer, Latency> bySize = new HashMap<>();
        ttftBySize.forEach((bucket, sketch) -> {
            Latency latency = sketch.latency(unit);
            if (latency.isKnown()) {
                bySize.put(bucket, latency);
            }
        });
        return new DeploymentState(
                deploymentId,
                asOf,
                bySize,
                ttft.latency(unit),
                total.latency(unit),
                interToken.latency(unit),
                errorRate(now),
                inFlight(now),
                rests(now) ? cooldownUntil : null,
                null,
                minute(now),
                slowness(),
                limits(now));
    }

    /** The decaying share of failed attempts. */
    double errorRate(Instant now) {
        double unit = weightAt(now);
        return failures / (attempts + PRIOR_SUCCESSES * unit);
    }

    /** Open calls of all ingresses that were heard lately. Forgets those silent for long. */
    long inFlight(Instant now) {
        ingresses.values().removeIf(heard -> heard.windowEnd.isBefore(now.minus(OLDEST)));
        Instant lately = now.minus(UNHEARD);
        return ingresses.values().stream()
                .filter(heard -> !heard.windowEnd.isBefore(lately))
                .mapToLong(Heard::inFlight)
                .sum();
    }

    /**
     * A word from the future would not be replaced until then.
     *
     * @param ahead how far the clock of who says it is ahead
     */
    private static @Nullable RateLimit newer(
            @Nullable RateLimit known,
            AttemptDelta delta,
            String kind,
            Duration ahead,
            Instant now) {
        RateLimit told = RateLimit.of(delta.limits(), kind);
        if (told == null) {
            return known;
        }
        RateLimit word = told.earlier(ahead.toMillis());
        // Heard after the window's end, while the delta was being written.
        long early = Math.max(0, word.seenAtMillis() - now.toEpochMilli());
        return early > OLDEST.toMillis() ? known : RateLimit.believed(known, word.earlier(early));
    }

    /**
     * How far an ingress' clock is ahead at least; bounded, as a damaged delta may say anything.
     */
    private static Duration ahead(AttemptDelta delta, Instant windowEnd) {
        Duration ahead = Duration.between(windowEnd, delta.windowEnd());
        return ahead.compareTo(FARTHEST_AHEAD) < 0 ? ahead : FARTHEST_AHEAD;
    }

    private @Nullable Map<String, Long> limits(Instant now) {
        Map<String, Long> limits = new HashMap<>();
        long oldest = now.minus(OLDEST).toEpochMilli();
        if (requestLimit != null && requestLimit.seenAtMillis() >= oldest) {
            requestLimit.into(limits, RateLimit.REQUESTS);
        }
        if (tokenLimit != null && tokenLimit.seenAtMillis() >= oldest) {
            tokenLimit.into(limits, RateLimit.TOKENS);
        }
        return limits.isEmpty() ? null : limits;
    }

    /** Each ingress' last word, added up; those of minutes to come would hide the present one. */
    private @Nullable MinuteTotal minute(Instant now) {
        MinuteTotal all = null;
        for (Heard heard : ingresses.values()) {
            MinuteTotal word = heard.minute;
            if (word != null && !word.start().isAfter(now)) {
                all = all == null ? word : MinuteTotal.sum(all, word);
            }
        }
        return all;
    }

    /** The ingresses' mean, in which those that were heard last count most. */
    private @Nullable Double slowness() {
        double sum = 0;
        double weights = 0;
        for (Heard heard : ingresses.values()) {
            if (heard.slowness != null) {
                double age = (double) Duration.between(heard.windowEnd, asOf).toMillis();
                double weight = Math.pow(2, -age / SLOWNESS_HALF_LIFE.toMillis());
                sum += weight * heard.slowness;
                weights += weight;
            }
        }
        return weights > 0 ? sum / weights : null;
    }

    /** When the newest attempt was seen. */
    Instant asOf() {
        return asOf;
    }

    /** Whether some ingress leaves it alone. */
    boolean rests(Instant now) {
        return cooldownUntil.isAfter(now);
    }

    private void add(AttemptDelta delta, double weight) {
        long failed = failed(delta);
        attempts += (Math.max(0, delta.succeeded()) + failed) * weight;
        failures += failed * weight;
        delta.ttftMicros()
                .forEach((bucket, sketch) -> {
                    ttft.add(sketch, weight);
                    if (bucket >= 0 && bucket < PROMPT_BUCKETS) {
                        ttftBySize
                                .computeIfAbsent(bucket, _ -> new DecayingSketch())
                                .add(sketch, weight);
                    }
                });
        total.add(delta.totalMicros(), weight);
        interToken.add(delta.interTokenMicros(), weight);
    }

    /**
     * Ingresses know by the config which failures send a deployment to rest: the longest counts.
     */
    private void coolDown(AttemptDelta delta, Duration ahead, Instant now) {
        Instant until = delta.restsUntil();
        if (until != null && until.isAfter(now)) {
            Instant longest = now.plus(LONGEST_COOLDOWN);
            cooldownUntil = max(cooldownUntil, min(until, longest.plus(ahead)).minus(ahead));
        }
    }

    private static long failed(AttemptDelta delta) {
        return delta.failed().values().stream().mapToLong(count -> Math.max(0, count)).sum();
    }

    /** The weight of an attempt of that time beside the others. May scale all: read sums after. */
    private double weightAt(Instant time) {
        double halfLives = halfLivesSinceLandmark(time);
        if (halfLives > RESCALE_AT_HALF_LIVES) {
            scale(Math.pow(2, -halfLives));
            landmark = time;
            halfLives = 0;
        }
        return Math.pow(2, halfLives);
    }

    private double halfLivesSinceLandmark(Instant time) {
        return (double) Duration.between(landmark, time).toMillis() / HALF_LIFE.toMillis();
    }

    private void scale(double factor) {
        attempts *= factor;
        failures *= factor;
        ttft.scale(factor);
        total.scale(factor);
        interToken.scale(factor);
        ttftBySize.values().forEach(sketch -> sketch.scale(factor));
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant max(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private record Heard(
            long seq,
            Instant windowEnd,
            long inFlight,
            @Nullable MinuteTotal minute,
            @Nullable Double slowness) {}
}
