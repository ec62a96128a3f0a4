package dev.sluice.ingress.candidates;

import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a request asks of the deployment that shall serve it.
 *
 * @param tags by which it wants to be sent
 * @param promptTokens counted only where a deployment has a limit
 * @param regions that it may not leave: {@code eu}, {@code us} or the name of one; all of them
 *     count, none for anywhere
 * @param schema whether the answer shall be JSON of a schema
 */
public record Wanted(
        List<String> tags, LongSupplier promptTokens, List<String> regions, boolean schema) {

    public Wanted {
        tags = List.copyOf(tags);
        regions = List.copyOf(regions);
    }

    /** Nothing in particular. */
    public static Wanted anything() {
        return new Wanted(List.of(), () -> 0, List.of(), false);
    }
}
