package dev.sluice.ingress.fleet;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which deployments this ingress leaves alone: what it saw itself, at once, and what others have
 * told of, when the fleet's word arrives. No call takes a lock, waits or touches Kafka.
 *
 * <p>A deployment rests by {@link CooldownRules}, or because it stands out from its group's others;
 * after a rest one call probes it before it gets its share again.
 */
public final class Rests {

    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    /** LiteLLM's figures. */
    private static final double FAILING_SHARE = 0.5;

    private static final long FAILING_ATTEMPTS_MIN = 5;
    private static final long DEAD_ATTEMPTS_MIN = 1_000;

    private final LongSupplier nanoTime;
    private final long originNanos;
    private final Map<String, Cooldown> cooldowns = new ConcurrentHashMap<>();
    private volatile CooldownRules rules;

    Rests(Collection<String> deploymentIds, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.originNanos = nanoTime.getAsLong();
        this.rules = CooldownRules.ofOneGroup(deploymentIds);
    }

    /** Goes by other rules from now on; rests that they do not allow end. */
    public void follow(CooldownRules changed) {
        rules = changed;
    }

    /** Keeps nothing of other deployments than these. */
    void forgetAllBut(Set<String> deploymentIds) {
        cooldowns.keySet().retainAll(deploymentIds);
    }

    /** Whether a deployment should be left alone for now. */
    public boolean isOn(String deploymentId) {
        Cooldown cooldown = cooldowns.get(deploymentId);
        return cooldown != null
                && !cooldown.isAwake()
                && cooldown.isOn(nowNanos())
                && rules.mayRest(deploymentId);
    }

    /** Nanoseconds until it may be asked again; 0 where it may be now. */
    public long leftNanos(String deploymentId) {
        Cooldown cooldown = cooldowns.get(deploymentId);
        if (cooldown == null || cooldown.isAwake() || !rules.mayRest(deploymentId)) {
            return 0;
        }
        long now = nowNanos();
        return cooldown.untilNanos(now) - now;
    }

    /**
     * Asks for leave to send a call there. After a rest only one call gets it; the others shall go
     * elsewhere until that one has ended. Who got it tells the end of the attempt with it, or gives
     * it back.
     *
     * @return null where there is none
     */
    public @Nullable Leave enter(String deploymentId) {
        Cooldown cooldown = cooldowns.get(deploymentId);
        return cooldown == null || !rules.mayRest(deploymentId)
                ? Leave.ANY
                : cooldown.enter(nowNanos());
    }

    /** Whether its rest is over, and no call has shown yet that it works: one at a time may try. */
    public boolean isHalfAwake(String deploymentId) {
        Cooldown cooldown = cooldowns.get(deploymentId);
        return cooldown != null && rules.mayRest(deploymentId) && cooldown.isHalfAwake(nowNanos());
    }

    /** How many deployments are left alone now. */
    public long atRest() {
        return cooldowns.keySet().stream().filter(this::isOn).count();
    }

    void succeeded(String deploymentId) {
        long now = nowNanos();
        cooldown(deploymentId).succeeded(now, minute(now));
    }

    /** An attempt failed that was made by this leave. */
    void failed(
            String deploymentId,
            String errorClass,
            boolean rateLimited,
            long retryAfterSeconds,
            Leave leave) {
        Fault fault = Fault.of(errorClass, rateLimited);
        CooldownRules present = rules;
        if (fault == Fault.NONE || (fault == Fault.ABSENT && present.takesAnyName(deploymentId))) {
            leave.giveBack();
            return;
        }
        long now = nowNanos();
        Cooldown cooldown = cooldown(deploymentId);
        cooldown.minute().failed(minute(now));
        Duration pause = present.pause(deploymentId, retryAfterSeconds);
        if (!present.mayRest(deploymentId) || pause.isZero()) {
            leave.giveBack();
            return;
        }
        // What was sent before the rest, or had to be taken, is no probe.
        if (leave.isToProbe() && cooldown.isHalfAwake(now)) {
            cooldown.restLonger(now, pause);
        } else if (isDue(deploymentId, cooldown, fault, now, present)) {
            cooldown.rest(now, pause);
        } else if (!present.countsFails() && standsOut(deploymentId, cooldown, now, present)) {
            cooldown.restLonger(now, pause);
        }
    }

    /** Another ingress leaves it alone for so long from now on. */
    void heard(String deploymentId, Duration left) {
        if (left.isPositive() && rules.mayRest(deploymentId)) {
            cooldown(deploymentId).heard(nowNanos(), left);
        }
    }

    /** How much longer it rests by what this ingress saw itself; zero where it does not. */
    Duration ownLeft(String deploymentId) {
        Cooldown cooldown = cooldowns.get(deploymentId);
        if (cooldown == null || !rules.mayRest(deploymentId)) {
            return Duration.ZERO;
        }
        long now = nowNanos();
        return Duration.ofNanos(cooldown.ownUntilNanos(now) - now);
    }

    /** LiteLLM's rules, in its order. */
    private static boolean isDue(
            String deploymentId, Cooldown cooldown, Fault fault, long now, CooldownRules rules) {
        if (rules.countsFails()) {
            return cooldown.countFail(now, rules.countedFor(deploymentId))
                    > rules.allowedFails(fault);
        }
        boolean hasPeers = !rules.peers(deploymentId).isEmpty();
        long failures = cooldown.minute().failures(minute(now));
        long attempts = failures + cooldown.minute().successes(minute(now));
        return (fault == Fault.RATE_LIMIT && hasPeers)
                || (failures == attempts && attempts >= DEAD_ATTEMPTS_MIN)
                || (hasPeers
                        && attempts >= FAILING_ATTEMPTS_MIN
                        && failures > FAILING_SHARE * attempts)
                || fault.isLasting();
    }

    /** Never the last one that is awake: then nobody is better. */
    private boolean standsOut(
            String deploymentId, Cooldown cooldown, long now, CooldownRules rules) {
        List<String> peers = rules.peers(deploymentId);
        long minute = minute(now);
        long successes = 0;
        long failures = 0;
        for (String peer : peers) {
            Cooldown other = cooldowns.get(peer);
            if (other != null && !other.isOn(now)) {
                successes += other.minute().successes(minute);
                failures += other.minute().failures(minute);
            }
        }
        return Outlier.standsOut(
                cooldown.minute().failures(minute),
                cooldown.minute().successes(minute),
                failures,
                successes);
    }

    private Cooldown cooldown(String deploymentId) {
        Cooldown known = cooldowns.get(deploymentId);
        return known != null ? known : cooldowns.computeIfAbsent(deploymentId, _ -> new Cooldown());
    }

    private long nowNanos() {
        return nanoTime.getAsLong() - originNanos;
    }

    private static long minute(long nowNanos) {
        return nowNanos / MINUTE_NANOS;
    }
}
