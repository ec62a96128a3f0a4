package dev.sluice.ingress.upstream;

import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.metering.Price;
import dev.sluice.providers.openai.Endpoint;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A public model name and the deployments that serve it. */
public final class ModelGroup {

    private final String name;
    private final List<Candidate> candidates;
    private final List<Member> members;
    private final Map<String, Deployment> byId;
    private final @Nullable Price dearest;

    /** A group; no deployments means that none of them is served by what is built so far. */
    public ModelGroup(String name, List<Deployment> deployments) {
        this(
                name,
                deployments,
                deployments.stream().map(Deployment::candidate).map(Member::of).toList());
    }

    /** A group with what the config says of who may come to its deployments. */
    public ModelGroup(String name, List<Deployment> deployments, List<Member> members) {
        this.name = name;
        this.members = List.copyOf(members);
        this.candidates = deployments.stream().map(Deployment::candidate).toList();
        this.dearest =
                deployments.stream()
                        .map(Deployment::price)
                        .filter(Objects::nonNull)
                        .max(Comparator.comparing(Price::outputPicoPerToken))
                        .orElse(null);
        this.byId =
                deployments.stream()
                        .collect(Collectors.toUnmodifiableMap(Deployment::id, Function.identity()));
    }

    /** The public name. */
    public String name() {
        return name;
    }

    /**
     * The highest of the deployments' prices, by which calls are reserved; null where none is
     * known.
     */
    public @Nullable Price dearestPrice() {
        return dearest;
    }

    /** The deployments as routing sees them. */
    public List<Candidate> candidates() {
        return candidates;
    }

    /** The deployments with what the config says of who may come to them. */
    public List<Member> members() {
        return members;
    }

    /** The group as if it had but this deployment; null if it has not. */
    public @Nullable ModelGroup only(String deploymentId) {
        Deployment deployment = deployment(deploymentId);
        return deployment == null
                ? null
                : new ModelGroup(
                        name,
                        List.of(deployment),
                        members.stream()
                                .filter(member ->
                                        member.candidate().deploymentId().equals(deploymentId))
                                .toList());
    }

    /** Whether it has deployments, and all of them have an endpoint of their own. */
    public boolean serves(Endpoint endpoint) {
        return !byId.isEmpty()
                && byId.values().stream()
                        .allMatch(deployment -> deployment.protocol().serves(endpoint));
    }

    /** The deployment of an id; null if it is none of the group's. */
    public @Nullable Deployment deployment(String deploymentId) {
        return byId.get(deploymentId);
    }

    /** The deployment of a candidate. */
    public Deployment deployment(Candidate candidate) {
        Deployment deployment = byId.get(candidate.deploymentId());
        if (deployment == null) {
            throw new IllegalArgumentException(candidate + " is not of group " + name);
        }
        return deployment;
    }
}
