package dev.sluice.ingress.upstream;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.candidates.Regions;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.metering.Price;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** All model groups of the config. Immutable: a changed config makes a new one. */
public final class ModelCatalog {

    /** OpenAI's models that refuse {@code max_tokens}. */
    private static final Pattern REASONING_MODEL = Pattern.compile("o[0-9]|gpt-5");

    private final Map<String, ModelGroup> groups;
    private final Wildcards wildcards;
    private final List<String> notices;
    private final Set<String> providers;
    private final Set<String> unpricedGroups;
    private final PassThroughs passThroughs;
    private final DeploymentPrices prices;

    private ModelCatalog(
            Map<String, ModelGroup> groups,
            Wildcards wildcards,
            List<String> notices,
            Set<String> providers,
            PassThroughs passThroughs,
            DeploymentPrices prices) {
        this.groups = groups;
        this.wildcards = wildcards;
        this.notices = List.copyOf(notices);
        this.providers = Set.copyOf(providers);
        this.unpricedGroups = Set.copyOf(prices.unpricedGroups());
        this.passThroughs = passThroughs;
        this.prices = prices;
    }

    /**
     * Builds the catalog.
     *
     * @param process where {@code os.environ/NAME} and providers' usual variables are looked up
     *     that the config does not set itself
     * @param tokens where providers' short-lived tokens come from
     * @throws InvalidConfigException with every entry that cannot be used
     */
    public static ModelCatalog of(
            GatewayConfig config, UnaryOperator<String> process, TokenSources tokens)
            throws InvalidConfigException {
        UnaryOperator<String> environment = config.variablesBefore(process);
        List<String> notices = new ArrayList<>();
        Regions regions = Regions.of(config.sluice());
        DeploymentPrices prices = DeploymentPrices.of(config, notices);
        Map<String, List<Deployment>> byGroup = new LinkedHashMap<>();
        Map<String, List<Member>> members = new LinkedHashMap<>();
        Wildcards.Builder builder =
                (entry, named) -> {
                    Optional<DeploymentProtocol> protocol =
                            DeploymentProtocol.of(entry, named, config, environment, tokens);
                    return protocol.isPresent()
                            ? deployment(entry, named, config, prices, protocol.get())
                            : null;
                };
        List<Problem> problems = new ArrayList<>();
        for (ModelEntry entry : config.modelList()) {
            List<Deployment> group =
                    byGroup.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>());
            ProviderModel named = ProviderModel.of(entry);
            try {
                Deployment deployment = builder.build(entry, named);
                if (deployment != null) {
                    group.add(deployment);
                    members.computeIfAbsent(entry.modelName(), _ -> new ArrayList<>())
                            .add(Wildcards.member(entry, deployment, regions));
                } else {
                    notices.add(notBuilt(entry, named));
                }
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
            groups.put(
                    name, new ModelGroup(name, deployments, members.getOrDefault(name, List.of())));
            deployments.forEach(deployment -> providers.add(deployment.provider()));
        });
        PassThroughs passThroughs =
                PassThroughs.of(config.sluice().passThrough(), environment, tokens);
        providers.addAll(passThroughs.providers());
        return new ModelCatalog(
                groups,
                new Wildcards(config.modelList(), regions, builder),
                notices,
                providers,
                passThroughs,
                prices);
    }

    private static Deployment deployment(
            ModelEntry entry,
            ProviderModel named,
            GatewayConfig config,
            DeploymentPrices prices,
            DeploymentProtocol spoken)
            throws InvalidConfigException {
        Duration timeout = given(entry.timeout(), config.router().timeout());
        Duration routerStream = given(config.router().streamTimeout(), timeout);
        Price price = prices.price(entry, named);
        return new Deployment(
                new Candidate(
                        entry.deploymentId(),
                        requireNonNullElse(entry.weight(), Double.NaN),
                        requireNonNullElse(entry.rpm(), -1L),
                        requireNonNullElse(entry.tpm(), -1L),
                        pico(price, Price::inputPicoPerToken),
                        pico(price, Price::outputPicoPerToken)),
                named.provider(),
                named.model(),
                spoken.apiBase(),
                spoken.region(),
                spoken.region() != null ? spoken.region() : config.sluice().region(),
                price,
                cap(config.litellm().maxTokens(), named.model()),
                spoken.protocol(),
                timeout,
                given(entry.streamTimeout(), routerStream));
    }

    /** As in LiteLLM, 0 says nothing. */
    private static Duration given(@Nullable Duration own, Duration otherwise) {
        return own == null || own.isZero() ? otherwise : own;
    }

    private static double pico(@Nullable Price price, Function<Price, BigDecimal> ofToken) {
        return price != null && price.hasTokens() ? ofToken.apply(price).doubleValue() : Double.NaN;
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

    private static String notBuilt(ModelEntry entry, ProviderModel named) {
        return "%s:%d: provider %s of %s is not built yet: its deployments are left out"
                .formatted(entry.file(), entry.line(), named.provider(), entry.modelName());
    }

    /** The group of a public model name, else of the most specific pattern of it, or null. */
    public @Nullable ModelGroup group(String name) {
        ModelGroup group = groups.get(name);
        return group != null ? group : wildcards.group(name);
    }

    /** Whether a group's deployments all take what only Anthropic has, such as thoughts. */
    public boolean isOfAnthropicOnly(String name) {
        ModelGroup group = group(name);
        return group != null
                && !group.candidates().isEmpty()
                && group.candidates().stream()
                        .allMatch(candidate ->
                                group.deployment(candidate).provider().equals("anthropic"));
    }

    /** Whether all of a group's deployments have an endpoint of their own. */
    public boolean serves(String name, Endpoint endpoint) {
        ModelGroup group = group(name);
        return group != null && group.serves(endpoint);
    }

    /** The deployment of an id, or null. */
    public @Nullable Deployment deployment(String id) {
        for (ModelGroup group : groups.values()) {
            Deployment deployment = group.deployment(id);
            if (deployment != null) {
                return deployment;
            }
        }
        return null;
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
        return Stream.concat(
                        groups.values().stream()
                                .flatMap(group -> group.candidates().stream())
                                .map(Candidate::deploymentId),
                        passThroughs.groups().stream())
                .toList();
    }

    /** The providers whose APIs may be used as they are. */
    public PassThroughs passThroughs() {
        return passThroughs;
    }

    /** What the book says that a provider's model costs; null where it says nothing. */
    public @Nullable Price listedPrice(String provider, String model) {
        return prices.listed(provider, model);
    }
}
