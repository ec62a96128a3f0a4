package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;

/**
 * {@code litellm_settings}: what holds for all calls and all accounts.
 *
 * @param maxBudget USD that all callers together may spend in one {@code budget_duration}
 * @param budgetDuration after which the whole budget begins anew; never if it is not given
 * @param timezone whose midnights budgets go by
 * @param maxTokens most tokens of an answer: a call that asks for more, or for no number, gets this
 * @param dropParams leave out parameters that a provider does not understand
 * @param modifyParams change parameters that a provider would refuse
 * @param numRetries as {@code router_settings.num_retries}, which goes before it
 * @param requestTimeout as {@code router_settings.timeout}, which goes before it
 * @param defaultKeyGenerateParams what a new key gets where the call does not say
 * @param upperboundKeyGenerateParams the most that a new key may be given
 * @param defaultInternalUserParams what a new user gets
 * @param defaultTeamParams what a new team gets
 * @param maxInternalUserBudget USD of a new user without a budget of his own
 * @param internalUserBudgetDuration after which that budget begins anew
 * @param maxEndUserBudget USD of an end user without a budget of his own
 * @param maxEndUserBudgetId id of the budget of such an end user
 * @param keyGenerationSettings who may make keys for whom
 * @param cacheKwargs settings of the cache, in another place
 * @param requireAuthForMetricsEndpoint {@code /metrics} wants a key
 * @param callbacks what is told of every call, by name
 * @param successCallback what is told of successful calls
 * @param failureCallback what is told of failed calls
 * @param serviceCallbacks what is told of the gateway's own parts
 * @param turnOffMessageLogging callbacks do not see prompts and answers
 * @param redactUserApiKeyInfo callbacks do not see whose key it was
 * @param redactMessagesInExceptions errors do not repeat prompts
 * @param storeAuditLogs every management change is written down
 * @param jsonLogs log in JSON
 * @param setVerbose log more, in LiteLLM's older word
 * @param disableEndUserCostTracking end users are not charged
 * @param disableEndUserCostTrackingPrometheusOnly end users are no label of metrics
 * @param enableRedisAuthCache keys are kept in Redis too
 * @param enableCachingOnProviderSpecificOptionalParams parameters of single providers are part of
 *     the cache's key
 * @param costDiscountConfig share taken off by provider, from 0 to 1
 * @param costMarginConfig what is added by provider
 * @param publicModelGroups groups shown without a key
 * @param prometheusMetricsConfig which metrics and labels there are
 * @param prometheusInitializeBudgetMetrics budgets are metrics from the start
 * @param customPrometheusMetadataLabels metadata that become labels
 * @param customPrometheusTags tags that become labels
 * @param forceIpv4 never IPv6
 */
public record LitellmSettings(
        @Nullable BigDecimal maxBudget,
        @Key(is = TextRule.BUDGET_DURATION) @Nullable String budgetDuration,
        @Key(standard = "UTC") ZoneId timezone,
        @Key(min = "1") @Nullable Long maxTokens,
        @Nullable Boolean dropParams,
        @Nullable Boolean modifyParams,
        @Key(max = "100") @Nullable Integer numRetries,
        @Key(min = "0.001") @Nullable Duration requestTimeout,
        @Nullable AccountDefaults defaultKeyGenerateParams,
        @Nullable AccountDefaults upperboundKeyGenerateParams,
        @Nullable AccountDefaults defaultInternalUserParams,
        @Nullable AccountDefaults defaultTeamParams,
        @Nullable BigDecimal maxInternalUserBudget,
        @Key(is = TextRule.BUDGET_DURATION) @Nullable String internalUserBudgetDuration,
        @Nullable BigDecimal maxEndUserBudget,
        @Key(is = TextRule.NAME) @Nullable String maxEndUserBudgetId,
        Map<String, Object> keyGenerationSettings,
        @Nullable CacheKwargs cacheKwargs,
        boolean requireAuthForMetricsEndpoint,
        List<String> callbacks,
        List<String> successCallback,
        List<String> failureCallback,
        List<String> serviceCallbacks,
        boolean turnOffMessageLogging,
        boolean redactUserApiKeyInfo,
        boolean redactMessagesInExceptions,
        boolean storeAuditLogs,
        boolean jsonLogs,
        boolean setVerbose,
        boolean disableEndUserCostTracking,
        boolean disableEndUserCostTrackingPrometheusOnly,
        boolean enableRedisAuthCache,
        boolean enableCachingOnProviderSpecificOptionalParams,
        @Key(max = "1") Map<String, BigDecimal> costDiscountConfig,
        Map<String, Object> costMarginConfig,
        List<String> publicModelGroups,
        List<Object> prometheusMetricsConfig,
        boolean prometheusInitializeBudgetMetrics,
        List<String> customPrometheusMetadataLabels,
        List<String> customPrometheusTags,
        @Key(name = "force_ipv4") boolean forceIpv4) {

    /** LiteLLM's defaults. */
    public static final LitellmSettings DEFAULTS = RecordBinder.standard(LitellmSettings.class);

    /**
     * The semantic cache as some configs have it.
     *
     * @param semanticSimilarity answers to similar questions are given again
     * @param similarityThreshold how similar, from 0 to 1; {@code cache_params} goes before it
     */
    public record CacheKwargs(
            boolean semanticSimilarity, @Key(max = "1") @Nullable BigDecimal similarityThreshold) {}
}
