package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What else the router goes by.
 *
 * @param rpmLimit requests a minute of each deployment that has no {@code rpm} of its own
 * @param maxParallelRequests calls that the whole gateway process serves at once
 * @param defaultMaxParallelRequests open calls of each deployment without a limit of its own
 * @param defaultPriority of a request that names none; 0 goes first
 * @param pollingInterval how often a waiting request looks again
 * @param enablePreCallChecks leave out deployments that a prompt does not fit
 * @param enableTagFiltering choose deployments by the request's tags
 * @param tagFilteringMatchAny one common tag is enough
 * @param cacheResponses keep answers, in LiteLLM's older word
 * @param cacheKwargs settings of that cache
 * @param cachingGroups model groups that share answers
 * @param clientTtl how long connections of one client live
 * @param defaultLitellmParams litellm_params of every deployment that does not have them
 * @param providerBudgetConfig what may be spent at a provider
 * @param optionalPreCallChecks further checks by name
 * @param ignoreInvalidDeployments leave out what cannot be used instead of refusing the file
 * @param enableHealthCheckRouting only deployments that passed a background check
 * @param healthCheckStalenessThreshold how old a check may be
 * @param healthCheckIgnoreTransientErrors single failures of a check do not count
 */
public record RouterRules(
        @Nullable Long rpmLimit,
        @Key(min = "1") @Nullable Integer maxParallelRequests,
        @Key(min = "1") @Nullable Integer defaultMaxParallelRequests,
        @Nullable Integer defaultPriority,
        @Nullable Duration pollingInterval,
        boolean enablePreCallChecks,
        boolean enableTagFiltering,
        @Key(standard = "true") boolean tagFilteringMatchAny,
        boolean cacheResponses,
        Map<String, Object> cacheKwargs,
        List<Object> cachingGroups,
        @Key(standard = "3600") Duration clientTtl,
        Map<String, Object> defaultLitellmParams,
        Map<String, ProviderBudget> providerBudgetConfig,
        List<String> optionalPreCallChecks,
        @Nullable Boolean ignoreInvalidDeployments,
        boolean enableHealthCheckRouting,
        @Nullable Duration healthCheckStalenessThreshold,
        boolean healthCheckIgnoreTransientErrors) {

    /**
     * What may be spent at a provider.
     *
     * @param budgetLimit USD in one period
     * @param timePeriod after which it begins anew
     */
    public record ProviderBudget(
            @Nullable BigDecimal budgetLimit,
            @Key(is = TextRule.BUDGET_DURATION) @Nullable String timePeriod) {}
}
