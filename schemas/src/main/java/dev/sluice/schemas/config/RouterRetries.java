package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/**
 * How often is tried again, and which deployments rest after failures.
 *
 * @param retryPolicy further attempts by the kind of failure
 * @param modelGroupRetryPolicy the same for single model groups
 * @param allowedFails failures of one deployment within {@code cooldown_time} before it rests; null
 *     for the rule by share of failures
 * @param allowedFailsPolicy the same by the kind of failure
 * @param cooldownTime how long a failing deployment rests
 * @param disableCooldowns no deployment rests
 */
public record RouterRetries(
        @Nullable RetryPolicy retryPolicy,
        Map<String, RetryPolicy> modelGroupRetryPolicy,
        @Nullable Integer allowedFails,
        @Nullable AllowedFailsPolicy allowedFailsPolicy,
        @Key(standard = "5") Duration cooldownTime,
        boolean disableCooldowns) {

    /**
     * Further attempts by the kind of failure; null for {@code num_retries}.
     *
     * @param badRequest 400
     * @param authentication 401
     * @param timeout 408
     * @param rateLimit 429
     * @param contentPolicyViolation the provider refuses the content
     * @param internalServerError 500 and above
     */
    public record RetryPolicy(
            @Key(name = "BadRequestErrorRetries", max = "100") @Nullable Integer badRequest,
            @Key(name = "AuthenticationErrorRetries", max = "100") @Nullable Integer authentication,
            @Key(name = "TimeoutErrorRetries", max = "100") @Nullable Integer timeout,
            @Key(name = "RateLimitErrorRetries", max = "100") @Nullable Integer rateLimit,
            @Key(name = "ContentPolicyViolationErrorRetries", max = "100")
                    @Nullable Integer contentPolicyViolation,
            @Key(name = "InternalServerErrorRetries", max = "100")
                    @Nullable Integer internalServerError) {}

    /**
     * Failures before a rest by the kind of failure; null for {@code allowed_fails}.
     *
     * @param badRequest 400
     * @param authentication 401
     * @param timeout 408
     * @param rateLimit 429
     * @param contentPolicyViolation the provider refuses the content
     * @param internalServerError 500 and above
     */
    public record AllowedFailsPolicy(
            @Key(name = "BadRequestErrorAllowedFails") @Nullable Integer badRequest,
            @Key(name = "AuthenticationErrorAllowedFails") @Nullable Integer authentication,
            @Key(name = "TimeoutErrorAllowedFails") @Nullable Integer timeout,
            @Key(name = "RateLimitErrorAllowedFails") @Nullable Integer rateLimit,
            @Key(name = "ContentPolicyViolationErrorAllowedFails")
                    @Nullable Integer contentPolicyViolation,
            @Key(name = "InternalServerErrorAllowedFails") @Nullable Integer internalServerError) {}
}
