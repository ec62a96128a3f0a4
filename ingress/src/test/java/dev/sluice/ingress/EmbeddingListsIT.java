package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.jspecify.annotations.NullUnmarked;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A list of inputs has the vectors that each has alone, and none is asked for twice. */
@NullUnmarked
class EmbeddingListsIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static EchoProvider provider;
    private static GatewayUnderTest gateway;
    private static final Set<String> KNOWN = new HashSet<>();

    @BeforeContainer
    static void start() throws IOException {
        provider = new EchoProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        Files.createTempDirectory("lists"),
                        """
                          - model_name: vectors
                            litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k}
                        litellm_settings: {cache: true}
                        """
                                .replace("PROVIDER", provider.url()));
    }

    @AfterContainer
    static void stop() throws IOException {
        gateway.close();
        provider.close();
    }

    @Provide
    Arbitrary<List<String>> inputs() {
        Arbitrary<String> texts =
                Arbitraries.strings().withChars("ab\"\\é , []").ofMinLength(1).ofMaxLength(3);
        Arbitrary<String> json = texts.map(text -> JSON.valueToTree(text).toString());
        Arbitrary<String> tokens =
                Arbitraries.integers()
                        .between(0, 3)
                        .list()
                        .ofMinSize(1)
                        .ofMaxSize(2)
                        .map(List::toString);
        return Arbitraries.oneOf(json, json, tokens).list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 120)
    void putsListsTogether(@ForAll("inputs") List<String> inputs) throws Exception {
        int before = provider.asked().size();
        boolean isOne = inputs.size() == 1 && inputs.getFirst().startsWith("\"");
        String input = isOne ? inputs.getFirst() : "[%s]".formatted(String.join(" , ", inputs));

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/embeddings",
                        "{ \"input\" : %s, \"model\": \"vectors\", \"user\": \"u\"}"
                                .formatted(input));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode read = JSON.readTree(answer.body());
        assertThat(read.path("data")).hasSize(inputs.size());
        long tokens = 0;
        ArrayNode missing = JSON.createArrayNode();
        for (int i = 0; i < inputs.size(); i++) {
            JsonNode one = JSON.readTree(inputs.get(i));
            JsonNode element = read.path("data").get(i);
            assertThat(element.path("index").asInt()).isEqualTo(i);
            assertThat(element.at("/embedding/0").asInt()).isEqualTo(one.toString().hashCode());
            tokens += one.isTextual() ? one.asText().length() : one.size();
            if (!KNOWN.contains(one.toString())) {
                missing.add(one);
            }
        }
        List<JsonNode> asked = provider.asked().subList(before, provider.asked().size());
        if (missing.isEmpty()) {
            assertThat(asked).isEmpty();
        } else {
            assertThat(asked).hasSize(1);
            JsonNode sent = asked.getFirst().path("input");
            assertThat(
                            sent.isArray() && !sent.get(0).isNumber()
                                    ? sent
                                    : JSON.createArrayNode().add(sent))
                    .isEqualTo(missing);
            assertThat(asked.getFirst().path("user").asText()).isEqualTo("u");
            missing.forEach(one -> KNOWN.add(one.toString()));
        }
        // What single ones count is a share of what lists counted, so sums may differ by few.
        assertThat(read.at("/usage/prompt_tokens").asLong())
                .isBetween(Math.max(1, tokens - 2L * inputs.size()), tokens + 2L * inputs.size());
    }
}
