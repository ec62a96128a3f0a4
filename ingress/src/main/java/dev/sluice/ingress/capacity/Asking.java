package dev.sluice.ingress.capacity;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * A call that asks to wait.
 *
 * @param deployments that may serve it, by their ids; one at least
 * @param tenant whose call it is: tenants get equal shares
 * @param cost what it takes of his share, in tokens
 * @param bytes that are held meanwhile
 * @param deadlineNanos by {@link System#nanoTime}, when it is of no more use
 */
public record Asking(
        Set<String> deployments, String tenant, double cost, long bytes, long deadlineNanos) {

    public Asking {
        requireNonNull(tenant, "tenant is null");
        deployments = Set.copyOf(deployments);
        if (deployments.isEmpty()) {
            throw new IllegalArgumentException("no deployment is asked for");
        }
        cost = Math.max(1, cost);
    }
}
