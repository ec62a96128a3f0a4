package dev.sluice.ingress.upstream;

import dev.sluice.ingress.routing.Candidate;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A public model name and the deployments that serve it. */
public final class ModelGroup {

    private final String name;
    private final List<Candidate> candidates;
    private final Map<String, Deployment> byId;

    /** A group; no deployments means that none of them is served by what is built so far. */
    public ModelGroup(String name, List<Deployment> deployments) {
        this.name = name;
        this.candidates = deployments.stream().map(Deployment::candidate).toList();
        this.byId =
                deployments.stream()
                        .collect(Collectors.toUnmodifiableMap(Deployment::id, Function.identity()));
    }

    /** The public name. */
    public String name() {
        return name;
    }

    /** The deployments as routing sees them. */
    public List<Candidate> candidates() {
        return candidates;
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
