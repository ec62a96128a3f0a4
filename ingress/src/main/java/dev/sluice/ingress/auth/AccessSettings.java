package dev.sluice.ingress.auth;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the operator says about who may do what, in the words of LiteLLM's config.
 *
 * @param keyHeaderName a header of the operator's own that keys are read from first
 * @param useXForwardedFor whether the last address of {@code X-Forwarded-For} is the caller's: only
 *     behind a proxy that appends to it
 * @param allowedRoutes the only routes that are served at all, beside public ones; empty: all
 * @param publicRoutes routes that need no key; only reading ones can be opened so
 * @param adminOnlyRoutes routes for admins only
 * @param metricsNeedKey whether {@code /metrics} is for admins and viewers only
 * @param rejectClientsideMetadataTags whether {@code metadata.tags} in a body is refused
 * @param enforceUserParam whether a body without {@code user} is refused
 * @param accessGroups the access groups of each public model name
 * @param modelAliases {@code router_settings.model_group_alias}
 * @param userHeaderName a header of the operator's own that names the end user
 * @param allowedIps only callers from here are served: addresses, or ranges like {@code
 *     10.0.0.0/8}; empty: all
 */
public record AccessSettings(
        @Nullable String keyHeaderName,
        boolean useXForwardedFor,
        List<String> allowedRoutes,
        List<String> publicRoutes,
        List<String> adminOnlyRoutes,
        boolean metricsNeedKey,
        boolean rejectClientsideMetadataTags,
        boolean enforceUserParam,
        Map<String, Set<String>> accessGroups,
        Map<String, ModelAlias> modelAliases,
        @Nullable String userHeaderName,
        List<String> allowedIps) {

    /** Nothing is restricted beyond what accounts say. */
    public static final AccessSettings DEFAULTS =
            new AccessSettings(
                    null, false, List.of(), List.of(), List.of(), false, false, false, Map.of(),
                    Map.of());

    public AccessSettings {
        allowedRoutes = List.copyOf(allowedRoutes);
        publicRoutes = List.copyOf(publicRoutes);
        adminOnlyRoutes = List.copyOf(adminOnlyRoutes);
        accessGroups = Map.copyOf(accessGroups);
        modelAliases = Map.copyOf(modelAliases);
        allowedIps = List.copyOf(allowedIps);
    }

    /** Callers from everywhere, whose end users no header of the operator's names. */
    public AccessSettings(
            @Nullable String keyHeaderName,
            boolean useXForwardedFor,
            List<String> allowedRoutes,
            List<String> publicRoutes,
            List<String> adminOnlyRoutes,
            boolean metricsNeedKey,
            boolean rejectClientsideMetadataTags,
            boolean enforceUserParam,
            Map<String, Set<String>> accessGroups,
            Map<String, ModelAlias> modelAliases) {
        this(
                keyHeaderName,
                useXForwardedFor,
                allowedRoutes,
                publicRoutes,
                adminOnlyRoutes,
                metricsNeedKey,
                rejectClientsideMetadataTags,
                enforceUserParam,
                accessGroups,
                modelAliases,
                null,
                List.of());
    }

    /**
     * Another name of a model group.
     *
     * @param hidden whether it is left out of {@code /v1/models}
     */
    public record ModelAlias(String model, boolean hidden) {}
}
