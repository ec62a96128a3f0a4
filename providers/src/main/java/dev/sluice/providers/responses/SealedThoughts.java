package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import dev.sluice.providers.openai.JsonTrees;

import java.io.IOException;
import java.util.Base64;
import java.util.Optional;

/**
 * A Claude's thoughts with their seals, as the {@code encrypted_content} of an item. They are the
 * provider's, and it checks them; here they are only wrapped.
 */
final class SealedThoughts {

    private static final String MARK = "sluice-thoughts-1.";

    private SealedThoughts() {}

    static String write(ArrayNode blocks) {
        return MARK + Base64.getEncoder().encodeToString(JsonTrees.bytes(blocks));
    }

    /** Empty for what is not written here. */
    static Optional<ArrayNode> read(String content) {
        if (!content.startsWith(MARK)) {
            return Optional.empty();
        }
        try {
            JsonNode tree =
                    JsonTrees.MAPPER.readTree(
                            Base64.getDecoder().decode(content.substring(MARK.length())));
            return tree instanceof ArrayNode blocks ? Optional.of(blocks) : Optional.empty();
        } catch (IllegalArgumentException | IOException e) {
            return Optional.empty();
        }
    }
}
