package dev.sluice.providers.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

class UsageRulesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void anthropicCountsTheCacheBesideTheInputAndByItsLifetime() {
        var usage = new AnthropicUsage();
        usage.add(
                json(
                        """
                        {"input_tokens": 6, "cache_read_input_tokens": 1069,
                         "cache_creation_input_tokens": 185, "output_tokens": 110,
                         "cache_creation": {"ephemeral_5m_input_tokens": 85,
                                            "ephemeral_1h_input_tokens": 100},
                         "output_tokens_details": {"thinking_tokens": 10}}
                        """));

        assertThat(usage.usage()).isEqualTo(new Usage(6, 1069, 85, 100, 100, 10, 0, 0, 0));
    }

    @Test
    void anthropicsStreamStatesTotalsOfWhichTheLastHold() {
        var usage = new AnthropicUsage();
        assertThat(usage.isPresent()).isFalse();
        usage.add(
                json(
                        "{\"input_tokens\": 52, \"cache_creation_input_tokens\": 7,"
                                + " \"output_tokens\": 2}"));
        usage.add(json("{\"output_tokens\": 216, \"input_tokens\": null}"));

        assertThat(usage.isPresent()).isTrue();
        assertThat(usage.usage()).isEqualTo(new Usage(52, 0, 7, 0, 216, 0, 0, 0, 0));
    }

    @Test
    void geminiCountsTheCacheWithinThePromptAndThoughtsBesideTheAnswer() {
        assertThat(
                        GeminiUsage.of(
                                json(
                                        """
                                        {"promptTokenCount": 1000, "cachedContentTokenCount": 600,
                                         "candidatesTokenCount": 50, "thoughtsTokenCount": 70,
                                         "toolUsePromptTokenCount": 5,
                                         "promptTokensDetails": [
                                           {"modality": "TEXT", "tokenCount": 500},
                                           {"modality": "AUDIO", "tokenCount": 300},
                                           {"modality": "IMAGE", "tokenCount": 200}],
                                         "cacheTokensDetails": [
                                           {"modality": "TEXT", "tokenCount": 400},
                                           {"modality": "AUDIO", "tokenCount": 200}],
                                         "candidatesTokensDetails": [
                                           {"modality": "AUDIO", "tokenCount": 20}]}
                                        """)))
                .isEqualTo(new Usage(105, 600, 0, 0, 30, 70, 100, 20, 200));
    }

    @Test
    void bedrockCountsTheCacheBesideTheInput() {
        assertThat(
                        ConverseUsage.of(
                                json(
                                        """
                                        {"inputTokens": 2, "outputTokens": 5,
                                         "cacheReadInputTokens": 11, "cacheWriteInputTokens": 1322,
                                         "cacheDetails": [{"ttl": "1h", "inputTokens": 1000},
                                                          {"ttl": "5m", "inputTokens": 322}]}
                                        """)))
                .isEqualTo(new Usage(2, 11, 322, 1000, 5, 0, 0, 0, 0));
        assertThat(
                        ConverseUsage.of(
                                json(
                                        "{\"inputTokens\": 7, \"outputTokens\": 53,"
                                                + " \"cacheReadInputTokenCount\": 3,"
                                                + " \"cacheWriteInputTokenCount\": 4}")))
                .isEqualTo(new Usage(7, 3, 4, 0, 53, 0, 0, 0, 0));
    }

    @Test
    void cohereBillsLessThanItsModelSees() {
        assertThat(
                        CohereUsage.of(
                                json(
                                        """
                                        {"billed_units": {"input_tokens": 8, "output_tokens": 9},
                                         "tokens": {"input_tokens": 503, "output_tokens": 11},
                                         "cached_tokens": 448}
                                        """)))
                .isEqualTo(Usage.of(8, 9));
        assertThat(CohereUsage.of(json("{\"tokens\": {\"input_tokens\": 5}}")))
                .isEqualTo(Usage.of(5, 0));
    }

    @Test
    void responsesCountTheirDetailsWithinTheTotals() {
        assertThat(
                        ResponsesUsage.of(
                                json(
                                        """
                                        {"input_tokens": 204, "output_tokens": 80,
                                         "input_tokens_details": {"cached_tokens": 128,
                                                                  "cache_write_tokens": 6},
                                         "output_tokens_details": {"reasoning_tokens": 79}}
                                        """)))
                .isEqualTo(new Usage(70, 128, 6, 0, 1, 79, 0, 0, 0));
    }

    @Test
    void whatCannotBeNeverMakesATotalLargerOrSmallerThanNothing() {
        JsonNode odd =
                json(
                        """
                        {"input_tokens": -4, "output_tokens": 9e300, "promptTokenCount": 3,
                         "cachedContentTokenCount": 900, "inputTokens": "many",
                         "input_tokens_details": {"cached_tokens": 7}}
                        """);
        var anthropic = new AnthropicUsage();
        anthropic.add(odd);

        assertThat(anthropic.usage()).isEqualTo(Usage.of(0, 1_000_000_000));
        assertThat(GeminiUsage.of(odd)).isEqualTo(new Usage(0, 3, 0, 0, 0, 0, 0, 0, 0));
        assertThat(ConverseUsage.of(odd)).isEqualTo(Usage.NONE);
        assertThat(ResponsesUsage.of(odd)).isEqualTo(Usage.of(0, 1_000_000_000));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
