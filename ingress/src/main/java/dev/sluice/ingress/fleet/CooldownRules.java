package dev.sluice.ingress.fleet;

import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.RouterRetries;
import dev.sluice.schemas.config.RouterRetries.AllowedFailsPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** When which deployment rests after failures, and for how long: LiteLLM's rules. Immutable. */
public final class CooldownRules {

    /** LiteLLM's default; who writes just this has said nothing. */
    static final int USUAL_ALLOWED_FAILS = 3;

    private static final Duration USUAL = Duration.ofSeconds(5);

    /** A Retry-After beyond this is taken for this. */
    private static final Duration LONGEST_ASKED = Duration.ofMinutes(5);

    private static final String EVERYTHING = "*";
    private static final char STAR = '*';

    private final boolean isOff;
    private final boolean countsFails;
    private final int allowedFails;
    private final @Nullable AllowedFailsPolicy policy;
    private final Duration usual;
    private final Map<String, Rule> byDeployment;

    private CooldownRules(RouterRetries retries, Map<String, Rule> byDeployment) {
        Integer allowed = retries.allowedFails();
        this.isOff = retries.disableCooldowns();
        this.policy = retries.allowedFailsPolicy();
        this.countsFails = policy != null || (allowed != null && allowed != USUAL_ALLOWED_FAILS);
        this.allowedFails = allowed == null ? USUAL_ALLOWED_FAILS : allowed;
        this.usual = retries.cooldownTime();
        this.byDeployment = Map.copyOf(byDeployment);
    }

    /**
     * Rules of a config.
     *
     * @param served the deployments that can be called; others of the file are nobody's peers
     */
    public static CooldownRules of(GatewayConfig config, Collection<String> served) {
        var known = Set.copyOf(served);
        Map<String, List<String>> groups = new LinkedHashMap<>();
        for (ModelEntry entry : config.modelList()) {
            if (known.contains(entry.deploymentId())) {
                groups.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>())
                        .add(entry.deploymentId());
            }
        }
        Map<String, Rule> rules = new HashMap<>();
        for (ModelEntry entry : config.modelList()) {
            List<String> group = groups.getOrDefault(entry.modelName(), List.of());
            rules.put(
                    entry.deploymentId(),
                    new Rule(
                            without(group, entry.deploymentId()),
                            entry.params().cooldownTime(),
                            entry.modelName().equals(EVERYTHING),
                            entry.modelName().indexOf(STAR) >= 0));
        }
        return new CooldownRules(config.router().retries(), rules);
    }

    /** The defaults, for deployments of one group. */
    static CooldownRules ofOneGroup(Collection<String> deploymentIds) {
        List<String> group = List.copyOf(deploymentIds);
        Map<String, Rule> rules = new HashMap<>();
        group.forEach(id -> rules.put(id, new Rule(without(group, id), null, false, false)));
        return new CooldownRules(
                new RouterRetries(null, Map.of(), null, null, USUAL, false), rules);
    }

    private static List<String> without(List<String> ids, String id) {
        return ids.stream().filter(other -> !other.equals(id)).toList();
    }

    /** Whether a deployment rests at all; a group for any model never does. */
    boolean mayRest(String deploymentId) {
        return !isOff && !rule(deploymentId).isForAnyModel;
    }

    /**
     * Whether callers name the model: then a model that is not there says nothing of the
     * deployment.
     */
    boolean takesAnyName(String deploymentId) {
        return rule(deploymentId).takesAnyName;
    }

    /** The other deployments of its group. */
    List<String> peers(String deploymentId) {
        return rule(deploymentId).peers;
    }

    /** Whether failures are counted by the operator's own figures, not judged by their share. */
    boolean countsFails() {
        return countsFails;
    }

    /** Failures of a kind that are taken before a rest. */
    int allowedFails(Fault fault) {
        Integer own = policy == null ? null : ofPolicy(policy, fault);
        return own == null ? allowedFails : own;
    }

    private static @Nullable Integer ofPolicy(AllowedFailsPolicy policy, Fault fault) {
        return switch (fault) {
            case RATE_LIMIT -> policy.rateLimit();
            case CREDENTIALS -> policy.authentication();
            case TIMEOUT -> policy.timeout();
            case SERVER -> policy.internalServerError();
            case ABSENT, NONE -> null;
        };
    }

    /**
     * How long it rests: the deployment's own time, else what the provider asked for, else the
     * router's; zero for not at all.
     *
     * @param retryAfterSeconds -1 where the provider named no time
     */
    Duration pause(String deploymentId, long retryAfterSeconds) {
        Duration own = rule(deploymentId).cooldownTime;
        if (own != null) {
            return own;
        }
        return retryAfterSeconds > 0
                ? Duration.ofSeconds(Math.min(retryAfterSeconds, LONGEST_ASKED.toSeconds()))
                : usual;
    }

    /** How long failures are counted by {@link #allowedFails}. */
    Duration countedFor(String deploymentId) {
        Duration own = rule(deploymentId).cooldownTime;
        return own == null ? usual : own;
    }

    private Rule rule(String deploymentId) {
        return byDeployment.getOrDefault(deploymentId, Rule.ALONE);
    }

    private record Rule(
            List<String> peers,
            @Nullable Duration cooldownTime,
            boolean isForAnyModel,
            boolean takesAnyName) {

        static final Rule ALONE = new Rule(List.of(), null, false, false);
    }
}
