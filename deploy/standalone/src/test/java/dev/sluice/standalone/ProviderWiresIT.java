package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.protocol.Protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same conversation through each provider's wire: the adapters tell what OpenAI's own wire
 * tells, and the simulator's ledger agrees.
 */
class ProviderWiresIT extends ProviderWires {

    @ParameterizedTest
    @EnumSource
    void everyWireTellsTheSame(Wire wire) throws Exception {
        for (Talk talk : Talk.values()) {
            if (!talk.isKnownTo(wire)) {
                continue;
            }
            for (boolean stream : new boolean[] {false, true}) {
                String body = body(talk.body.formatted(wire), stream);
                Told expected = chat(openAi(wire), body, stream);

                assertThat(chat(own(wire), body, stream))
                        .as("%s of %s, stream %s", talk, wire, stream)
                        .isEqualTo(expected);
                if (talk == Talk.CALLS) {
                    assertThat(expected.calls()).hasSize(2);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLedgerHoldsWhatTheWireTold(Wire wire) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            Told told =
                    chat(own(wire), body(Talk.THOUGHTS.body.formatted("ledger"), stream), stream);

            JsonNode attempt = lastAttempt();
            assertThat(attempt.path("model").asText()).isEqualTo(wire.model);
            assertThat(attempt.path("key").asText()).endsWith("-own");
            assertThat(attempt.path("stream").asBoolean()).isEqualTo(stream);
            assertThat(attempt.path("input_tokens").asLong()).isEqualTo(told.prompt());
            assertThat(attempt.path("output_tokens").asLong()).isEqualTo(told.completion());
            assertThat(attempt.path("reasoning_tokens").asLong()).isPositive();
            assertThat(told.reasoning()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"ANTHROPIC, sk-a", "GEMINI, sk-g", "BEDROCK, sk-b"})
    void aCachedPromptIsToldAsSuch(Wire wire, String key) throws Exception {
        String body =
                "{'model':'m','messages':[{'role':'user','content':'%s'}]}"
                        .replace('\'', '"')
                        .formatted("a long prompt ".repeat(400));
        Protocol cached = protocol(wire.provider, "gpt-4o", wire.path, key);

        assertThat(chat(cached, body, false).cached()).isZero();
        assertThat(chat(cached, body, false).cached()).isGreaterThanOrEqualTo(1024);
        assertThat(lastAttempt().path("cached_tokens").asLong()).isGreaterThanOrEqualTo(1024);
    }

    @ParameterizedTest
    @EnumSource(names = {"GEMINI", "VERTEX", "COHERE", "AZURE"})
    void embeddingsAreTheSame(Wire wire) throws Exception {
        String body = "{'model':'m','input':['one','two three'],'dimensions':8}".replace('\'', '"');

        JsonNode expected = embed(openAi(wire), body);
        JsonNode told = embed(own(wire), body);

        assertThat(told.path("data").size()).isEqualTo(2);
        assertThat(told.at("/data/1/embedding")).isEqualTo(expected.at("/data/1/embedding"));
        assertThat(told.at("/usage/prompt_tokens")).isEqualTo(expected.at("/usage/prompt_tokens"));
    }

    @Test
    void tokensOfAnthropicCanBeCountedBeforehand() throws Exception {
        String body =
                "{'model':'claude-sonnet-4-5','max_tokens':9,"
                        + "'messages':[{'role':'user','content':'Hello there'}]}";
        JsonNode counted = post("/v1/messages/count_tokens", body.replace('\'', '"'));
        JsonNode answered = post("/v1/messages", body.replace('\'', '"'));

        assertThat(counted.path("input_tokens").asLong())
                .isPositive()
                .isEqualTo(answered.at("/usage/input_tokens").asLong());
    }

    @Test
    void rerankingOrdersTheDocuments() throws Exception {
        String body = "{'model':'rerank-v3.5','query':'q','documents':['a','b','c'],'top_n':2}";
        JsonNode ranked = post("/v2/rerank", body.replace('\'', '"'));

        assertThat(ranked.path("results").size()).isEqualTo(2);
        assertThat(ranked.at("/results/0/relevance_score").asDouble())
                .isGreaterThan(ranked.at("/results/1/relevance_score").asDouble());
        assertThat(ranked.at("/meta/billed_units/search_units").asInt()).isEqualTo(1);
    }
}
