package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.Usage;

/**
 * Cohere's usage. It bills {@code billed_units}, which leave out the prompt that Cohere adds by
 * itself; {@code tokens}, all that the model saw, count only where no bill is stated.
 */
public final class CohereUsage {

    private CohereUsage() {}

    /** The tokens by class, of {@code usage} of the second API or {@code meta} of the first. */
    public static Usage of(JsonNode usage) {
        JsonNode billed = usage.path("billed_units");
        JsonNode counted = billed.isObject() ? billed : usage.path("tokens");
        long image = Counts.of(counted, "image_tokens");
        return new Usage(
                Counts.of(counted, "input_tokens"),
                0,
                0,
                0,
                Counts.of(counted, "output_tokens"),
                0,
                0,
                0,
                billed.isObject() ? image : 0);
    }
}
