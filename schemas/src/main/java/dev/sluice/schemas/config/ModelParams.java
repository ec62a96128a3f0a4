package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@code litellm_params}: how a deployment is called.
 *
 * @param model {@code provider/model}, or the bare name of a model of OpenAI
 * @param customLlmProvider the provider where it is not a prefix of the model
 * @param apiKey what the provider is shown
 * @param apiBase URL that the provider's paths are appended to
 * @param apiVersion version of the API, as Azure has them in the query
 * @param organization organisation at the provider; a list makes one deployment of each
 * @param timeout of one call
 * @param streamTimeout until the first byte of a stream
 * @param maxRetries LiteLLM's older word for {@code num_retries}
 * @param numRetries further attempts when this deployment fails; goes before the router's
 * @param weight relative share for {@code simple-shuffle}
 * @param rpm requests a minute; the share for {@code simple-shuffle} where nobody has a weight
 * @param tpm tokens a minute; the share where nobody has a weight or rpm
 * @param order deployments of a lower order are tried first
 * @param maxParallelRequests calls that may be open at the deployment at once
 * @param cooldownTime how long it is left out after failures; 0 never
 * @param tags requests with one of these tags may come here
 * @param tagRegex requests with a matching User-Agent may come here
 * @param regionName where it stands, for rules about regions and for some providers' URLs
 * @param maxBudget USD that may be spent here in one {@code budget_duration}
 * @param budgetDuration after which the deployment's budget begins anew
 * @param prices USD; prices given here override the price book
 * @param dropParams leave out parameters that the provider does not understand
 * @param additionalDropParams further parameters to leave out, or what stands inside of one: {@code
 *     tools[*].input_examples}, {@code metadata.note}
 * @param allowedOpenaiParams parameters to pass even if the provider is not known to understand
 *     them
 * @param extraHeaders sent with every call
 * @param extraBody fields added to every body
 * @param mockResponse a canned answer, without calling anybody
 * @param mockTimeout every call runs into the timeout
 * @param cache how answers of this deployment are kept
 * @param maxFileSizeMb larger audio files are refused
 * @param configurableClientsideAuthParams what the caller may set himself: {@code api_key}, {@code
 *     api_base}
 * @param litellmCredentialName name of an entry of {@code credential_list} that fills what is not
 *     given here
 * @param useInPassThrough its key serves pass-through endpoints too
 * @param useLitellmProxy call it through another gateway
 * @param mergeReasoningContentInChoices put the reasoning into the content
 * @param extra all other keys, kept for the provider: a {@link Setting} where the value is a text,
 *     else Boolean, Long, BigDecimal, List or Map
 */
public record ModelParams(
        @Key(is = TextRule.NAME) String model,
        @Key(is = TextRule.NAME) @Nullable String customLlmProvider,
        @Nullable Setting apiKey,
        @Key(is = TextRule.HTTP_URL) @Nullable Setting apiBase,
        @Nullable Setting apiVersion,
        @Nullable Setting organization,
        @Nullable Duration timeout,
        @Nullable Duration streamTimeout,
        @Nullable Integer maxRetries,
        @Nullable Integer numRetries,
        @Nullable Double weight,
        @Nullable Long rpm,
        @Nullable Long tpm,
        @Nullable Integer order,
        @Nullable Integer maxParallelRequests,
        @Nullable Duration cooldownTime,
        List<String> tags,
        List<String> tagRegex,
        @Nullable String regionName,
        @Nullable BigDecimal maxBudget,
        @Key(is = TextRule.BUDGET_DURATION) @Nullable String budgetDuration,
        @Key(inline = true) ModelPrices prices,
        @Nullable Boolean dropParams,
        List<String> additionalDropParams,
        List<String> allowedOpenaiParams,
        Map<String, Setting> extraHeaders,
        Map<String, Object> extraBody,
        @Nullable Object mockResponse,
        @Nullable Boolean mockTimeout,
        @Nullable ModelCache cache,
        @Nullable BigDecimal maxFileSizeMb,
        List<Object> configurableClientsideAuthParams,
        @Key(is = TextRule.NAME) @Nullable String litellmCredentialName,
        @Nullable Boolean useInPassThrough,
        @Nullable Boolean useLitellmProxy,
        @Nullable Boolean mergeReasoningContentInChoices,
        @Key(rest = true) Map<String, Object> extra) {

    public ModelParams {
        requireNonNull(model, "model is null");
    }

    /** Further attempts of this deployment, by either word; null for the router's. */
    public @Nullable Integer retries() {
        return numRetries != null ? numRetries : maxRetries;
    }

    /**
     * How answers of one deployment are kept.
     *
     * @param ttl how long an answer is kept
     * @param sMaxage only answers younger than this are given again
     */
    public record ModelCache(
            @Nullable Duration ttl,
            @Key(
                            name = "s_max_age",
                            also = {"s-maxage", "s-max-age", "s_maxage"})
                    @Nullable Duration sMaxage) {}
}
