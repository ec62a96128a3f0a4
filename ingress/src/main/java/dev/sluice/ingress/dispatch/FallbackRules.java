package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.schemas.config.Fallbacks;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.RouterFallbacks;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Which model groups stand in for one that failed, by the kind of failure. LiteLLM's order: those
 * for the kind, then those for the group, for its name without the provider's prefix, for any
 * group, and the default ones.
 */
public final class FallbackRules {

    private final Fallbacks general;
    private final Fallbacks contextWindow;
    private final Fallbacks contentPolicy;
    private final List<String> ofAll;
    private final int most;

    /** Rules of the config. */
    public FallbackRules(RouterSettings settings) {
        RouterFallbacks fallbacks = settings.fallbacks();
        this.general = Objects.requireNonNullElse(fallbacks.fallbacks(), Fallbacks.NONE);
        this.contextWindow =
                Objects.requireNonNullElse(fallbacks.contextWindowFallbacks(), Fallbacks.NONE);
        this.contentPolicy =
                Objects.requireNonNullElse(fallbacks.contentPolicyFallbacks(), Fallbacks.NONE);
        this.ofAll = fallbacks.defaultFallbacks();
        this.most = fallbacks.maxFallbacks();
    }

    /** How many stand-ins a call tries at most. */
    int most() {
        return most;
    }

    /** Who serves where nobody knows the model that was asked for. */
    public List<String> forUnknownModels() {
        return ofAll;
    }

    /** Who stands in for a group after such a failure, in order; the group itself never. */
    List<String> of(String group, FailureClass kind) {
        Fallbacks ofKind =
                switch (kind) {
                    case CONTEXT_WINDOW -> contextWindow;
                    case CONTENT_POLICY -> contentPolicy;
                    case BAD_REQUEST, AUTHENTICATION, NOT_FOUND, TIMEOUT, RATE_LIMIT, SERVER ->
                            Fallbacks.NONE;
                };
        List<String> names = named(ofKind, group);
        names = names.isEmpty() ? named(general, group) : names;
        return names.isEmpty() ? ofAll : names;
    }

    /**
     * Puts stand-ins before those that are still ahead, in their order; none comes twice.
     *
     * @param planned the names of all that were ahead at any time
     */
    static void plan(
            List<String> names, StandIns standIns, Set<String> planned, Deque<ModelGroup> ahead) {
        List<ModelGroup> found = new ArrayList<>();
        for (String name : names) {
            ModelGroup standIn = planned.contains(name) ? null : standIns.find(name);
            if (standIn != null && !standIn.candidates().isEmpty() && planned.add(standIn.name())) {
                found.add(standIn);
            }
        }
        found.reversed().forEach(ahead::addFirst);
    }

    private static List<String> named(Fallbacks fallbacks, String group) {
        int slash = group.indexOf('/');
        List<String> exact = fallbacks.byGroup().get(group);
        if (exact != null) {
            return exact;
        }
        return slash < 0 ? fallbacks.of(group) : fallbacks.of(group.substring(slash + 1));
    }
}
