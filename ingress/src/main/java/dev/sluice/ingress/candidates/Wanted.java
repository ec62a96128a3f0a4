package dev.sluice.ingress.candidates;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a request asks of the deployment that shall serve it.
 *
 * @param tags by which it wants to be sent
 * @param promptTokens counted only where a deployment has a limit
 * @param region that it may not leave: {@code eu}, {@code us} or the name of one; null for any
 */
public record Wanted(List<String> tags, LongSupplier promptTokens, @Nullable String region) {

    public Wanted {
        tags = List.copyOf(tags);
    }

    /** Nothing in particular. */
    public static Wanted anything() {
        return new Wanted(List.of(), () -> 0, null);
    }
}
