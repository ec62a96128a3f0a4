package dev.sluice.schemas.config;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What only shows when several settings are held against each other. */
final class CrossChecks {

    private static final int PAGE = 4096;

    private final Reading reading;

    CrossChecks(Reading reading) {
        this.reading = reading;
    }

    void weights(List<ModelEntry> entries) {
        Map<String, List<ModelEntry>> groups = new LinkedHashMap<>();
        entries.forEach(entry ->
                groups.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>()).add(entry));
        groups.forEach((name, group) -> {
            boolean none =
                    group.stream()
                            .map(ModelEntry::weight)
                            .allMatch(weight -> weight != null && weight == 0);
            if (none) {
                ModelEntry first = group.getFirst();
                reading.problem(
                        new Problem(
                                first.file(),
                                first.line(),
                                "weight 0 at every deployment of " + name,
                                "a deployment with more"));
            }
        });
    }

    /** An alias of nothing can never be served: a problem. A missing stand-in is only told. */
    void names(YamlSection section, RouterSettings router, List<ModelEntry> entries) {
        var names = new ModelNames(entries);
        RouterFallbacks fallbacks = router.fallbacks();
        YamlSection aliases = section.section("model_group_alias");
        fallbacks
                .modelGroupAlias()
                .forEach((alias, target) -> {
                    Node at = aliases.peek(alias);
                    if (!names.contains(target.model()) && at != null) {
                        aliases.reject(
                                alias,
                                at,
                                "the unknown model "
                                        + Described.quoted(target.model())
                                        + near(names, target.model()),
                                "a model_name of model_list");
                    }
                });
        fallbacks.modelGroupAlias().keySet().forEach(names::add);
        fallbacks(section, "fallbacks", fallbacks.fallbacks(), names);
        fallbacks(section, "context_window_fallbacks", fallbacks.contextWindowFallbacks(), names);
        fallbacks(section, "content_policy_fallbacks", fallbacks.contentPolicyFallbacks(), names);
        fallbacks
                .defaultFallbacks()
                .forEach(name -> mention(section, "default_fallbacks", name, names));
    }

    private void fallbacks(
            YamlSection section, String key, @Nullable Fallbacks fallbacks, ModelNames names) {
        if (fallbacks == null) {
            return;
        }
        fallbacks
                .byGroup()
                .forEach((group, models) -> {
                    if (!group.equals("*")) {
                        mention(section, key, group, names);
                    }
                    models.forEach(model -> mention(section, key, model, names));
                });
    }

    private void mention(YamlSection section, String key, String model, ModelNames names) {
        Node value = section.peek(key);
        if (value == null || names.contains(model)) {
            return;
        }
        reading.notice(
                placeOf(value, model),
                "%s names the unknown model %s%s, which is passed over"
                        .formatted(section.join(key), Described.quoted(model), near(names, model)));
    }

    /** Where a name stands within a value. */
    private static Node placeOf(Node value, String name) {
        Node[] place = {value};
        NodeSize.forEach(
                value,
                node -> {
                    if (node instanceof ScalarNode scalar && scalar.getValue().equals(name)) {
                        place[0] = node;
                    }
                });
        return place[0];
    }

    private static String near(ModelNames names, String name) {
        return NearestName.among(names.all(), name)
                .map(" (did you mean %s?)"::formatted)
                .orElse("");
    }

    void cache(YamlSection section, CacheSettings cache) {
        CacheParams params = cache.params();
        if (!cache.enabled()) {
            if (!section.names().isEmpty()) {
                section.noticeWhole("has no effect without cache: true");
            }
            return;
        }
        if (!KnownKeys.CACHES.contains(params.type())) {
            section.notice(
                    "type", params.type() + " is understood but not enforced yet; kept in process");
        } else if (params.isRedis() && cache.redis() == null) {
            section.notice("type", params.type() + " without a host; kept in process");
        }
        if (params.type().endsWith("-semantic") && !section.has("similarity_threshold")) {
            section.missing("similarity_threshold");
        }
        BigDecimal threshold = cache.similarityThreshold();
        if (threshold != null && threshold.signum() <= 0) {
            reading.problem(
                    new Problem(
                            section.file(),
                            section.line(),
                            "similarity_threshold " + threshold.toPlainString(),
                            "a number above 0 at " + section.path()));
        }
    }

    /** A journal goes round in at least three files, which are mapped page by page. */
    void journal(YamlSection section, JournalSettings journal) {
        long segment = journal.segmentBytes();
        if (segment % PAGE != 0) {
            journal(section, "segment_bytes %d".formatted(segment), "a multiple of " + PAGE);
        }
        if (journal.maxBytes() / 3 < segment) {
            journal(
                    section,
                    "max_bytes %d with segment_bytes %d".formatted(journal.maxBytes(), segment),
                    "room for three segments");
        }
    }

    private void journal(YamlSection section, String found, String expected) {
        reading.problem(
                new Problem(
                        section.file(), section.line(), found, expected + " at " + section.path()));
    }

    void sentinels(YamlSection section, CacheSettings cache) {
        var redis = cache.params().redis();
        if (!redis.sentinelNodes().isEmpty() && redis.serviceName() == null) {
            section.missing("service_name");
        }
    }
}
