package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;

/**
 * What requests to one model must know of its deployment.
 *
 * @param provider as messages name it: {@code gemini} or {@code vertex_ai}
 * @param model without a path, such as {@code gemini-2.5-flash}
 * @param drops whether parameters that Gemini does not have are left out instead of refused
 * @param alsoDropped parameters that are always left out
 * @param allowed parameters that are sent though Gemini is not known to have them
 * @param extraBody merged into every body; not changed
 */
public record GeminiSettings(
        String provider,
        String model,
        boolean drops,
        List<String> alsoDropped,
        List<String> allowed,
        ObjectNode extraBody) {

    public GeminiSettings {
        alsoDropped = List.copyOf(alsoDropped);
        allowed = List.copyOf(allowed);
    }

    /** From the third generation on, thinking has levels and calls must bring their signatures. */
    boolean isThirdGeneration() {
        return model.startsWith("gemini-3");
    }
}
