package dev.sluice.ingress.upstream;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.ingress.routing.Candidate;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonText;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.OpenAiProtocol;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.Setting;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** All model groups of the config. Immutable: a changed config makes a new one. */
public final class ModelCatalog {

    /** OpenAI's models that refuse {@code max_tokens}. */
    private static final Pattern REASONING_MODEL = Pattern.compile("o[0-9]|gpt-5");

    private static final String OPENAI_BASE = "https://api.openai.com/v1";

    private final Map<String, ModelGroup> groups;
    private final List<String> notices;
    private final Set<String> providers;
    private final Set<String> unpricedGroups;

    private ModelCatalog(
            Map<String, ModelGroup> groups,
            List<String> notices,
            Set<String> providers,
            Set<String> unpricedGroups) {
        this.groups = groups;
        this.notices = List.copyOf(notices);
        this.providers = Set.copyOf(providers);
        this.unpricedGroups = Set.copyOf(unpricedGroups);
    }

    /**
     * Builds the catalog.
     *
     * @param environment where {@code os.environ/NAME} is looked up
     * @throws InvalidConfigException with every entry that cannot be used
     */
    public static ModelCatalog of(GatewayConfig config, UnaryOperator<String> environment)
            throws InvalidConfigException {
        List<String> notices = new ArrayList<>();
        DeploymentPrices prices = DeploymentPrices.of(config, notices);
        Map<String, List<Deployment>> byGroup = new LinkedHashMap<>();
        List<Problem> problems = new ArrayList<>();
        for (ModelEntry entry : config.modelList()) {
            List<Deployment> group =
                    byGroup.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>());
            ProviderModel named = ProviderModel.of(entry);
            if (!named.provider().equals(ProviderModel.OPENAI)) {
                notices.add(
                        "%s:%d: provider %s of %s is not built yet: its deployments are left out"
                                .formatted(
                                        entry.file(),
                                        entry.line(),
                                        named.provider(),
                                        entry.modelName()));
                continue;
            }
            try {
                group.add(deployment(entry, named, config, prices, environment));
            } catch (InvalidConfigException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
        Map<String, ModelGroup> groups = new LinkedHashMap<>();
        Set<String> providers = new LinkedHashSet<>();
        byGroup.forEach((name, deployments) -> {
            groups.put(name, new ModelGroup(name, deployments));
            deployments.forEach(deployment -> providers.add(deployment.provider()));
        });
        return new ModelCatalog(groups, notices, providers, prices.unpricedGroups());
    }

    private static Deployment deployment(
            ModelEntry entry,
            ProviderModel named,
            GatewayConfig config,
            DeploymentPrices prices,
            UnaryOperator<String> environment)
            throws InvalidConfigException {
        Setting baseSetting = entry.apiBase();
        String base = baseSetting == null ? OPENAI_BASE : baseSetting.in(environment).reveal();
        String key = apiKey(entry, environment);
        List<Map.Entry<String, String>> headers =
                List.of(
                        Map.entry("Authorization", "Bearer " + key),
                        Map.entry("Content-Type", "application/json"),
                        Map.entry("User-Agent", "sluice"));
        Map<Endpoint, UpstreamTarget> targets = new EnumMap<>(Endpoint.class);
        for (Endpoint endpoint : Endpoint.values()) {
            targets.put(endpoint, target(entry, base, endpoint, headers));
        }
        Duration timeout = requireNonNullElse(entry.timeout(), config.router().timeout());
        Duration routerStream = requireNonNullElse(config.router().streamTimeout(), timeout);
        return new Deployment(
                new Candidate(
                        entry.deploymentId(),
                        requireNonNullElse(entry.weight(), Double.NaN),
                        requireNonNullElse(entry.rpm(), -1L),
                        requireNonNullElse(entry.tpm(), -1L)),
                named.provider(),
                named.model(),
                shown(base),
                entry.region() != null ? entry.region() : config.sluice().region(),
                prices.price(entry, named),
                cap(config.litellm().maxTokens(), named.model()),
                new OpenAiProtocol(JsonText.quote(named.model()), targets),
                timeout,
                requireNonNullElse(entry.streamTimeout(), routerStream));
    }

    private static @Nullable OutputCap cap(@Nullable Long tokens, String model) {
        if (tokens == null) {
            return null;
        }
        return new OutputCap(
                tokens,
                REASONING_MODEL.matcher(model).lookingAt()
                        ? OutputCap.Member.MAX_COMPLETION_TOKENS
                        : OutputCap.Member.MAX_TOKENS);
    }

    /** A base without what may be secret in it: user, query and fragment. */
    private static String shown(String base) {
        URI uri = URI.create(base);
        int port = uri.getPort();
        return "%s://%s%s%s"
                .formatted(
                        uri.getScheme(), uri.getHost(), port < 0 ? "" : ":" + port, uri.getPath());
    }

    private static String apiKey(ModelEntry entry, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Setting setting = entry.apiKey();
        if (setting != null) {
            return setting.in(environment).reveal();
        }
        String fromEnvironment = environment.apply("OPENAI_API_KEY");
        return fromEnvironment == null || fromEnvironment.isEmpty() ? "none" : fromEnvironment;
    }

    private static UpstreamTarget target(
            ModelEntry entry,
            String base,
            Endpoint endpoint,
            List<Map.Entry<String, String>> headers)
            throws InvalidConfigException {
        String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        try {
            return UpstreamTarget.of(URI.create(root + endpoint.path()), headers);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(
                    new Problem(
                            entry.file(),
                            entry.line(),
                            "an api_base or api_key that cannot be used (" + e.getMessage() + ")",
                            "an http or https URL, and a key without control characters"));
        }
    }

    /** The group of a public model name, or null. */
    public @Nullable ModelGroup group(String name) {
        return groups.get(name);
    }

    /** All public names, in the order of the file. */
    public List<String> names() {
        return List.copyOf(groups.keySet());
    }

    /** What the operator must know at start. */
    public List<String> notices() {
        return notices;
    }

    /** The providers that are called. */
    public Set<String> providers() {
        return providers;
    }

    /** The groups of which a deployment has no price. */
    public Set<String> unpricedGroups() {
        return unpricedGroups;
    }

    /** The ids of all deployments. */
    public List<String> deploymentIds() {
        return groups.values().stream()
                .flatMap(group -> group.candidates().stream())
                .map(Candidate::deploymentId)
                .toList();
    }
}
