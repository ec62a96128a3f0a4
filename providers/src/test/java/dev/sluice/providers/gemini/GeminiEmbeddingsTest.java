package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Google's three ways to embed. */
class GeminiEmbeddingsTest {

    private static Preparation.Ready ready(Protocol protocol, String members) {
        return Calls.ready(
                Calls.prepare(protocol, Endpoint.EMBEDDINGS, "{\"model\":\"m\"," + members + "}"));
    }

    @Test
    void studioTakesManyTexts() {
        JsonNode body =
                Calls.body(
                        ready(
                                Calls.studio("gemini-embedding-001"),
                                "\"input\":[\"a\",\"b\"],\"dimensions\":3,\"input_type\":\"RETRIEVAL_QUERY\""));
        assertThat(body)
                .isEqualTo(
                        Calls.tree(
                                """
                                {"requests":[
                                  {"model":"models/gemini-embedding-001","outputDimensionality":3,
                                   "taskType":"RETRIEVAL_QUERY","content":{"parts":[{"text":"a"}]}},
                                  {"model":"models/gemini-embedding-001","outputDimensionality":3,
                                   "taskType":"RETRIEVAL_QUERY","content":{"parts":[{"text":"b"}]}}]}
                                """));
    }

    @Test
    void vertexTakesInstancesOfOldModelsAndOneTextOfNewOnes() {
        assertThat(
                        Calls.body(
                                ready(
                                        Calls.vertex("text-embedding-005"),
                                        "\"input\":[\"a\",\"b\"],\"dimensions\":3,\"task_type\":\"T\"")))
                .isEqualTo(
                        Calls.tree(
                                """
                                {"instances":[{"content":"a","task_type":"T"},{"content":"b","task_type":"T"}],
                                 "parameters":{"outputDimensionality":3}}
                                """));
        assertThat(
                        Calls.body(
                                ready(
                                        Calls.vertex("gemini-embedding-2"),
                                        "\"input\":\"a\",\"dimensions\":3")))
                .isEqualTo(
                        Calls.tree(
                                "{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"outputDimensionality\":3}"));
    }

    @Test
    void whatCannotBeEmbeddedIsRefused() {
        for (String input : new String[] {"[1,2]", "[[1]]", "[]", "[\"a\",\"b\"]"}) {
            assertThat(
                            Calls.prepare(
                                    Calls.vertex("gemini-embedding-2"),
                                    Endpoint.EMBEDDINGS,
                                    "{\"model\":\"m\",\"input\":" + input + "}"))
                    .isInstanceOf(Preparation.Unsupported.class);
        }
    }

    @Test
    void floatsComeInBase64WhereTheCallerWantsThem() throws Exception {
        String answer =
                """
                {"predictions":[{"embeddings":{"values":[0.5,-2],"statistics":{"token_count":4}}},
                                {"embeddings":{"values":[1,2],"statistics":{"token_count":5}}}]}
                """;
        JsonNode told =
                Calls.tree(
                        ready(
                                        Calls.vertex("text-embedding-005"),
                                        "\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\"")
                                .translation()
                                .answer(answer.getBytes(UTF_8)));
        ByteBuffer floats =
                ByteBuffer.wrap(Base64.getDecoder().decode(told.at("/data/0/embedding").asText()))
                        .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(floats.getFloat()).isEqualTo(0.5f);
        assertThat(floats.getFloat()).isEqualTo(-2f);
        assertThat(floats.hasRemaining()).isFalse();
        assertThat(told.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(told.at("/usage/prompt_tokens").asInt()).isEqualTo(9);
    }
}
