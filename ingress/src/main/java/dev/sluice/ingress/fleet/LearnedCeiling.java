package dev.sluice.ingress.fleet;

/**
 * The rate of tokens that a deployment allows this ingress, as its refusals tell.
 *
 * <p>What it took before it refused was too much: nine tenths of that are used from then on, a
 * little more each second, and what it once refused is reached again after a minute. Each ingress
 * learns its own share, as flows of TCP do. Without a refusal for five minutes there is no ceiling.
 */
final class LearnedCeiling {

    private static final double MICROS_A_SECOND = 1e6;

    /** Rates are of about this time: longer than bursts, shorter than a provider's minute. */
    private static final double WINDOW = 15 * MICROS_A_SECOND;

    private static final double CUT = 0.9;
    private static final double REGAINED = 60 * MICROS_A_SECOND;
    private static final double FORGOTTEN = 300 * MICROS_A_SECOND;

    /** What was refused lately is one refusal, however many calls were in flight. */
    private static final double SAME_REFUSAL = 2 * MICROS_A_SECOND;

    private volatile double tokens;
    private volatile double at;
    private volatile double refusedTokens;
    private volatile double refusedAt = -1;

    /** So many tokens are asked of the deployment. */
    void sent(long now, double asked) {
        tokens = tokens(now) + asked;
        at = now;
    }

    /** It refused them. */
    void refused(long now, double asked) {
        double taken = Math.max(0, tokens(now) - asked);
        tokens = taken;
        at = now;
        if (refusedAt < 0 || now - refusedAt > SAME_REFUSAL) {
            refusedTokens = Math.max(taken, asked);
        }
        refusedAt = now;
    }

    /** Whether it ever refused. */
    boolean isKnown() {
        return refusedAt >= 0;
    }

    /** The share of what it is believed to allow that is used. */
    double used(long now) {
        double since = now - refusedAt;
        if (refusedAt < 0 || since > FORGOTTEN) {
            return 0;
        }
        double allowed = refusedTokens * (CUT + (1 - CUT) * since / REGAINED);
        return tokens(now) / allowed;
    }

    private double tokens(long now) {
        return tokens * Math.exp(-Math.max(0, now - at) / WINDOW);
    }
}
