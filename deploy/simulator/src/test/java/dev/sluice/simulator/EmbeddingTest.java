package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

class EmbeddingTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 256, 1536, 3072})
    void isTheSameVectorOfLengthOneInBothForms(int dimensions) throws IOException {
        Embedding embedding = Embedding.of(5, dimensions);

        JsonNode numbers = written(embedding, false);
        ByteBuffer floats =
                ByteBuffer.wrap(written(embedding, true).binaryValue())
                        .order(ByteOrder.LITTLE_ENDIAN);

        assertThat(numbers).hasSize(dimensions);
        assertThat(floats.remaining()).isEqualTo(dimensions * Float.BYTES);
        double squares = 0;
        for (JsonNode number : numbers) {
            assertThat(Float.parseFloat(number.asText())).isEqualTo(floats.getFloat());
            squares += number.asDouble() * number.asDouble();
        }
        assertThat(Math.sqrt(squares)).isCloseTo(1, within(1e-3));
    }

    @Test
    void differsForAnotherSeed() throws IOException {
        assertThat(written(Embedding.of(1, 8), false))
                .isEqualTo(written(Embedding.of(1, 8), false))
                .isNotEqualTo(written(Embedding.of(2, 8), false));
    }

    private static JsonNode written(Embedding embedding, boolean base64) throws IOException {
        return Json.MAPPER.readTree(AnswerWriter.bytes(json -> embedding.write(json, base64)));
    }
}
