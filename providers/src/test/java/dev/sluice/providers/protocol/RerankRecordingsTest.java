package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.cohere.Rerank;
import dev.sluice.providers.protocol.Exchanges.Exchange;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Rerank calls in Cohere's shape reach Cohere and Voyage as they were recorded. */
class RerankRecordingsTest {

    @Test
    void cohereIsAskedAsItWasRecorded() {
        for (Exchange exchange : Exchanges.of("cohere", List.of("rerank"))) {
            JsonNode asked = exchange.request().path("body");
            JsonNode sent = Rerank.cohere(asked, asked.path("model").asText());
            for (String name : new String[] {"model", "query", "documents", "top_n"}) {
                assertThat(sent.path(name)).as(name).isEqualTo(asked.path(name));
            }
        }
    }

    @Test
    void voyageIsAskedAndReadAsItWasRecorded() {
        for (Exchange exchange : Exchanges.of("voyage", List.of("rerank"))) {
            JsonNode recorded = exchange.request().path("body");
            ObjectNode asked = recorded.deepCopy();
            asked.set("top_n", asked.remove("top_k"));
            assertThat(Rerank.voyage(asked, recorded.path("model").asText())).isEqualTo(recorded);
            ObjectNode answer =
                    Rerank.fromVoyage(exchange.response().path("body"), "id").orElseThrow();
            JsonNode expected = exchange.facts().path("results");
            assertThat(answer.path("results").size()).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                JsonNode result = answer.path("results").path(i);
                assertThat(result.path("index")).isEqualTo(expected.path(i).path(0));
                assertThat(result.path("relevance_score")).isEqualTo(expected.path(i).path(1));
            }
            assertThat(answer.at("/meta/tokens/input_tokens"))
                    .isEqualTo(exchange.response().at("/body/usage/total_tokens"));
        }
    }
}
