package dev.sluice.simulator;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** How JSON is read and written: by streaming on the hot path, by records for settings. */
final class Json {

    private static final int DEPTH_MAX = 64;
    private static final int STRING_CHARACTERS_MAX = 64 << 20;

    /** Buffers come from one bounded pool: a pool a thread would be one a connection. */
    static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .recyclerPool(JsonRecyclerPools.newBoundedPool(64))
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEPTH_MAX)
                                    .maxStringLength(STRING_CHARACTERS_MAX)
                                    .build())
                    .build();

    /** For profiles and scenarios: names in snake case, an unknown one is an error. */
    static final ObjectMapper MAPPER =
            JsonMapper.builder(FACTORY)
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .defaultPropertyInclusion(
                            JsonInclude.Value.construct(
                                    JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    /** Reads a value in the midst of others. */
    static final ObjectReader INNER =
            MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}
}
