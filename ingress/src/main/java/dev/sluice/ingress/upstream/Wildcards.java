package dev.sluice.ingress.upstream;

import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.candidates.NamePattern;
import dev.sluice.ingress.candidates.Regions;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Groups for names that the config has only a pattern of: {@code openai/*}. The provider is asked
 * for what the stars stand for; the deployments stay those of the config, with their ids.
 */
final class Wildcards {

    /** Names come from callers; when so many are kept, all are made anew. */
    private static final int KEPT_MAX = 1_000;

    private final List<NamePattern> patterns;
    private final Map<String, List<ModelEntry>> entries = new LinkedHashMap<>();
    private final Regions regions;
    private final Builder builder;
    private final Map<String, ModelGroup> kept = new ConcurrentHashMap<>();

    Wildcards(List<ModelEntry> modelList, Regions regions, Builder builder) {
        this.regions = regions;
        this.builder = builder;
        for (ModelEntry entry : modelList) {
            if (NamePattern.isPattern(entry.modelName())) {
                entries.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>()).add(entry);
            }
        }
        this.patterns = NamePattern.sorted(entries.keySet());
    }

    /** Makes deployments. */
    @FunctionalInterface
    interface Builder {

        /**
         * A deployment of an entry, for a model.
         *
         * @return null for a provider that is not known
         * @throws InvalidConfigException if the entry cannot be followed
         */
        @Nullable Deployment build(ModelEntry entry, ProviderModel named)
                throws InvalidConfigException;
    }

    /** What the config says of who may come to a deployment. */
    static Member member(ModelEntry entry, Deployment deployment, Regions regions) {
        return Member.of(
                deployment.candidate(),
                entry.params().order(),
                entry.params().tags(),
                entry.info().maxInputTokens(),
                entry.info().supportsResponseSchema(),
                deployment.region(),
                regions);
    }

    /** The group of a name; null where no pattern fits, or nobody can be called by it. */
    @Nullable ModelGroup group(String name) {
        if (patterns.isEmpty()) {
            return null;
        }
        ModelGroup known = kept.get(name);
        if (known != null) {
            return known;
        }
        for (NamePattern pattern : patterns) {
            List<String> taken = pattern.match(name);
            if (taken != null) {
                return keep(name, group(name, pattern, taken));
            }
        }
        return null;
    }

    private @Nullable ModelGroup keep(String name, @Nullable ModelGroup group) {
        if (group != null) {
            if (kept.size() >= KEPT_MAX) {
                kept.clear();
            }
            kept.put(name, group);
        }
        return group;
    }

    private @Nullable ModelGroup group(String name, NamePattern pattern, List<String> taken) {
        List<Deployment> deployments = new ArrayList<>();
        List<Member> members = new ArrayList<>();
        for (ModelEntry entry : entries.getOrDefault(pattern.text(), List.of())) {
            String model = NamePattern.fill(entry.model(), taken);
            try {
                Deployment deployment = builder.build(entry, ProviderModel.of(entry, model));
                if (deployment != null) {
                    deployments.add(deployment);
                    members.add(member(entry, deployment, regions));
                }
            } catch (InvalidConfigException _) {
                // What the stars stand for makes no name of a model of this provider.
            }
        }
        return deployments.isEmpty() ? null : new ModelGroup(name, deployments, members);
    }
}
