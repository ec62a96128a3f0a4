package dev.sluice.ingress.dispatch;

import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.RouterRetries.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * How often is tried again within a model group, and how long is waited before. LiteLLM's order:
 * the policy of the group or the router for this kind of failure, then what the caller asks for,
 * then the router's {@code num_retries}.
 */
final class RetryRules {

    private static final long FIRST_BACKOFF_MILLIS = 500;
    private static final long LONGEST_BACKOFF_MILLIS = 8_000;
    private static final long LONGEST_RETRY_AFTER_SECONDS = 60;

    /** Added to a Retry-After, so that all who heard it do not come back at once. */
    private static final long RETRY_AFTER_JITTER_MILLIS = 750;

    private final int numRetries;
    private final Duration leastWait;
    private final @Nullable RetryPolicy policy;
    private final Map<String, RetryPolicy> byGroup;

    RetryRules(RouterSettings settings) {
        this.numRetries = settings.numRetries();
        this.leastWait = settings.retryAfter();
        this.policy = settings.retries().retryPolicy();
        this.byGroup = settings.retries().modelGroupRetryPolicy();
    }

    /** Further attempts in a group after the first one, where no policy knows better. */
    int usual(RouterWishes wishes) {
        return wishes.numRetries() >= 0 ? wishes.numRetries() : numRetries;
    }

    /** How many further attempts a group is worth after a failure of a kind. */
    int most(String group, FailureClass kind, RouterWishes wishes) {
        Integer told = told(group, kind);
        return told == null ? usual(wishes) : told;
    }

    /** The same of the kinds that are tried again at all; of the others 0. */
    int likely(String group, FailureClass kind, RouterWishes wishes) {
        return switch (kind) {
            case AUTHENTICATION, TIMEOUT, RATE_LIMIT, SERVER -> most(group, kind, wishes);
            case BAD_REQUEST, NOT_FOUND, CONTENT_POLICY, CONTEXT_WINDOW -> {
                Integer told = told(group, kind);
                yield told == null ? 0 : told;
            }
        };
    }

    /** Whether a failure may be tried again at all. */
    boolean mayRetry(String group, FailureClass kind, AttemptFailure failure) {
        Integer told = told(group, kind);
        return failure.retryable() || (told != null && told > 0);
    }

    private @Nullable Integer told(String group, FailureClass kind) {
        RetryPolicy own = byGroup.get(group);
        Integer ofGroup = own == null ? null : of(own, kind);
        return ofGroup != null || policy == null ? ofGroup : of(policy, kind);
    }

    private static @Nullable Integer of(RetryPolicy policy, FailureClass kind) {
        return switch (kind) {
            case BAD_REQUEST, CONTEXT_WINDOW -> policy.badRequest();
            case AUTHENTICATION -> policy.authentication();
            case TIMEOUT -> policy.timeout();
            case RATE_LIMIT -> policy.rateLimit();
            case CONTENT_POLICY -> policy.contentPolicyViolation();
            case SERVER -> policy.internalServerError();
            case NOT_FOUND -> null;
        };
    }

    /**
     * How long to wait where nobody else can be asked: Retry-After if it is short, else doubling
     * from half a second, jittered.
     *
     * @param retries that were made so far
     */
    long waitNanos(int retries, AttemptFailure failure, RandomGenerator random) {
        long after = failure.retryAfterSeconds();
        if (after > 0 && after <= LONGEST_RETRY_AFTER_SECONDS) {
            return TimeUnit.MILLISECONDS.toNanos(
                    after * 1000 + random.nextLong(RETRY_AFTER_JITTER_MILLIS));
        }
        long doubled =
                Math.min(FIRST_BACKOFF_MILLIS << Math.min(retries, 5), LONGEST_BACKOFF_MILLIS);
        long millis = Math.max(leastWait.toMillis(), doubled);
        return TimeUnit.MILLISECONDS.toNanos(millis + random.nextLong(millis / 4 + 1));
    }

    /** A thread may be unparked for no reason. */
    static void pause(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos;
                left > 0 && !Thread.currentThread().isInterrupted();
                left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
