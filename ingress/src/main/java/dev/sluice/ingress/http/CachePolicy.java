package dev.sluice.ingress.http;

import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.CacheControls;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.config.CacheParams;
import dev.sluice.schemas.config.CacheRules;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.ModelParams.ModelCache;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What the config says of keeping answers: which, for whom, for how long. */
final class CachePolicy {

    private static final String CHAT = "completion";
    private static final String MESSAGES = "anthropic_messages";

    private final CacheSettings settings;
    private final CacheRules rules;
    private final @Nullable Set<String> callTypes;
    private final CacheControl usual;
    private final Map<String, ModelCache> ofDeployments = new HashMap<>();

    /**
     * The policy of a config.
     *
     * @param models whose deployments may say how long their answers are kept
     */
    CachePolicy(CacheSettings settings, CacheRules rules, List<ModelEntry> models) {
        this.settings = settings;
        this.rules = rules;
        this.callTypes = settings.params().callTypes();
        String namespace = settings.params().namespace();
        this.usual =
                new CacheControl(
                                /* mayRead= */ true,
                                /* mayStore= */ true,
                                Objects.requireNonNullElse(namespace, ""),
                                Long.MAX_VALUE,
                                settings.ttl().toMillis())
                        .within(AnswerCache.LONGEST_LIFE.toMillis());
        for (ModelEntry entry : models) {
            ModelCache cache = entry.params().cache();
            if (cache != null) {
                ofDeployments.put(entry.deploymentId(), cache);
            }
        }
    }

    /** Whether of equal calls that are open at once only one is sent. */
    boolean coalesces() {
        return rules.coalesce();
    }

    /**
     * Whether answers are kept at all.
     *
     * @param callType of the route that was called, such as {@code acompletion}
     * @param endpoint that it is answered by
     */
    boolean isFor(String callType, Endpoint endpoint) {
        if (!settings.enabled() || !endpoint.isCacheable()) {
            return false;
        }
        String word = callType.equals(MESSAGES) ? CHAT : callType.substring(1);
        return callTypes == null || callTypes.contains(word);
    }

    /** Who shares answers with a caller; others never see them. */
    String scope(Caller caller) {
        String user = caller.userId();
        String org = caller.orgId();
        return switch (rules.share()) {
            case KEY -> caller.keyHash();
            case USER -> user != null ? "user:" + user : caller.keyHash();
            case TEAM -> caller.tenant();
            case ORGANIZATION -> org != null ? "organization:" + org : caller.tenant();
            case ALL -> "all";
        };
    }

    /** What a call lets the cache do; null where it may do nothing. */
    @Nullable CacheControl control(
            ServerRequestHeaders headers, CacheControls body, ModelGroup group) {
        boolean isOptIn = settings.params().mode() == CacheParams.Mode.DEFAULT_OFF;
        if (isOptIn && !Boolean.TRUE.equals(body.useCache())) {
            return null;
        }
        String header =
                headers.contains(HeaderNames.CACHE_CONTROL)
                        ? headers.get(HeaderNames.CACHE_CONTROL).values()
                        : null;
        CacheControl control =
                usualOf(group).with(header, body).within(AnswerCache.LONGEST_LIFE.toMillis());
        return control.mayRead() || control.mayStore() ? control : null;
    }

    /** The strictest of what is said of the group's deployments: any of them may answer. */
    private CacheControl usualOf(ModelGroup group) {
        if (ofDeployments.isEmpty()) {
            return usual;
        }
        long lifetime = Long.MAX_VALUE;
        long maxAge = Long.MAX_VALUE;
        for (Candidate candidate : group.candidates()) {
            ModelCache cache = ofDeployments.get(candidate.deploymentId());
            if (cache != null) {
                lifetime = least(lifetime, cache.ttl());
                maxAge = least(maxAge, cache.sMaxage());
            }
        }
        return new CacheControl(
                maxAge > 0,
                /* mayStore= */ true,
                usual.namespace(),
                maxAge,
                lifetime == Long.MAX_VALUE ? usual.lifetimeMillis() : lifetime);
    }

    private static long least(long millis, @Nullable Duration said) {
        return said == null ? millis : Math.min(millis, said.toMillis());
    }
}
