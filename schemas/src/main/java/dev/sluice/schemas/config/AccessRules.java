package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.List;

/**
 * Who may send what.
 *
 * @param litellmKeyHeaderName a further header that a key is read from
 * @param maxParallelRequests calls of one key that are served at once, where the key says nothing
 * @param globalMaxParallelRequests calls of all keys that are served at once
 * @param maxRequestSizeMb larger bodies are refused
 * @param maxResponseSizeMb larger answers are refused
 * @param allowedRoutes only these routes are served
 * @param publicRoutes these routes want no key
 * @param adminOnlyRoutes these routes want an admin
 * @param allowedIps only these callers are served: addresses, or ranges like {@code 10.0.0.0/8}
 * @param useXForwardedFor the caller's address is what a proxy before the gateway says
 * @param enforceUserParam a call without {@code user} is refused
 * @param enforcedParams calls without these parameters are refused
 * @param userHeaderName the header that names the end user
 * @param rejectClientsideMetadataTags calls that bring tags of their own are refused
 * @param tokenRateLimitType which tokens count against limits
 * @param forwardClientHeadersToLlmApi the caller's {@code x-} headers are passed to the provider
 * @param forwardOpenaiOrgId the caller's OpenAI-Organization is passed to the provider
 */
public record AccessRules(
        @Key(is = TextRule.HEADER_NAME) @Nullable String litellmKeyHeaderName,
        @Nullable Integer maxParallelRequests,
        @Nullable Integer globalMaxParallelRequests,
        @Key(max = "1000000") @Nullable BigDecimal maxRequestSizeMb,
        @Key(max = "1000000") @Nullable BigDecimal maxResponseSizeMb,
        @Key(is = TextRule.ROUTE) List<String> allowedRoutes,
        @Key(is = TextRule.ROUTE) List<String> publicRoutes,
        @Key(is = TextRule.ROUTE) List<String> adminOnlyRoutes,
        @Key(is = TextRule.ADDRESS_RANGE) @Nullable List<String> allowedIps,
        boolean useXForwardedFor,
        boolean enforceUserParam,
        List<String> enforcedParams,
        @Key(is = TextRule.HEADER_NAME) @Nullable String userHeaderName,
        boolean rejectClientsideMetadataTags,
        @Key(standard = "total") TokenRateLimitType tokenRateLimitType,
        boolean forwardClientHeadersToLlmApi,
        boolean forwardOpenaiOrgId) {

    /** Which tokens count against limits. */
    public enum TokenRateLimitType {
        TOTAL,
        INPUT,
        OUTPUT
    }
}
