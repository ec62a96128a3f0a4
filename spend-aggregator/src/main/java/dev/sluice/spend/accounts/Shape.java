package dev.sluice.spend.accounts;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Optional;
import java.util.function.Function;

/**
 * What values of a field look like in JSON, and how they are kept.
 *
 * @param expectation what fits, for people: "a list of texts"
 * @param reader from JSON (never null); empty if it does not fit
 * @param writer to JSON
 */
public record Shape<T>(
        String expectation, Function<JsonNode, Optional<T>> reader, Function<T, JsonNode> writer) {

    /** A value; empty if it does not fit. */
    public Optional<T> read(JsonNode value) {
        return reader.apply(value);
    }

    /** What is shown of a value. */
    public JsonNode show(T value) {
        return writer.apply(value);
    }
}
