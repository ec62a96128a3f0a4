package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Requests that are JSON, but not OpenAI's, end as a body or as a refusal. */
class GeminiRequestFuzzTest {

    private static final String CHAT =
            """
            {"model":"m","messages":[
               {"role":"system","content":"s"},
               {"role":"user","content":[
                 {"type":"text","text":"t"},
                 {"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","format":"f"}},
                 {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
                 {"type":"file","file":{"file_data":"AA==","filename":"a.pdf"}}]},
               {"role":"assistant","content":"c","provider_specific_fields":{"thought_signatures":["a"]},
                "tool_calls":[{"id":"i__thought__A","type":"function",
                               "function":{"name":"f","arguments":"{}"}}]},
               {"role":"tool","tool_call_id":"i__thought__A","content":[{"type":"text","text":"r"}]},
               {"role":"assistant","function_call":{"name":"g","arguments":"{}"}}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object",
                       "properties":{"a":{"const":1}},"anyOf":[{"enum":[1]}]}}}],
             "functions":[{"name":"h"}],"function_call":"auto",
             "tool_choice":{"type":"function","function":{"name":"f"}},"stop":["a"],
             "response_format":{"type":"json_schema","json_schema":{"schema":{}}},
             "thinkingConfig":{},"generationConfig":{"topK":1},"reasoning_effort":"low",
             "thinking":{"type":"enabled","budget_tokens":1},"modalities":["text"],"n":1,
             "service_tier":"flex","max_tokens":5,"logit_bias":{},"store":false,"top_logprobs":0,
             "web_search_options":{},"safety_settings":[]}
            """;

    private static final String EMBEDDING =
            "{\"model\":\"m\",\"input\":[\"a\"],\"dimensions\":3,\"encoding_format\":\"base64\",\"task_type\":\"T\"}";

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "7",
                    "-1.5",
                    "\"\"",
                    "\"x\"",
                    "\"data:\"",
                    "\"\\ud83d\"",
                    "[]",
                    "{}",
                    "[1]",
                    "[null]",
                    "[[]]",
                    "{\"a\":1}",
                    "{\"type\":\"function\"}",
                    "\"__thought__\"",
                    "1e400");

    @Test
    void noChatIsABug() {
        List<Protocol> protocols =
                List.of(Calls.studio("gemini-2.5-flash"), Calls.vertex("gemini-3-pro-preview"));
        assertThat(rounds(CHAT, 5_000, Endpoint.CHAT_COMPLETIONS, protocols)).isPositive();
    }

    @Test
    void noEmbeddingIsABug() {
        List<Protocol> protocols =
                List.of(
                        Calls.studio("gemini-embedding-001"),
                        Calls.vertex("gemini-embedding-2"),
                        Calls.vertex("text-embedding-005"));
        assertThat(rounds(EMBEDDING, 1000, Endpoint.EMBEDDINGS, protocols)).isPositive();
    }

    /** How many of the broken requests could still be sent. */
    private static int rounds(
            String text, int rounds, Endpoint endpoint, List<Protocol> protocols) {
        var random = new SplittableRandom(7);
        int ready = 0;
        for (int round = 0; round < rounds; round++) {
            JsonNode request = Calls.tree(text);
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                change(request, random);
            }
            byte[] body = request.toString().getBytes(UTF_8);
            if (RequestPeek.of(endpoint, body, body.length, false)
                    instanceof RequestPeek.Facts facts) {
                Preparation preparation =
                        protocols
                                .get(random.nextInt(protocols.size()))
                                .prepare(new ModelCall(endpoint, body, body.length, facts, null));
                if (preparation instanceof Preparation.Ready sent) {
                    assertThat(Calls.body(sent).isObject()).isTrue();
                    ready++;
                }
            }
        }
        return ready;
    }

    private static void change(JsonNode request, SplittableRandom random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(request, containers);
        JsonNode container = containers.get(random.nextInt(containers.size()));
        JsonNode value = Calls.tree(VALUES.get(random.nextInt(VALUES.size())));
        if (container instanceof ObjectNode object) {
            List<String> names = object.properties().stream().map(Map.Entry::getKey).toList();
            object.set(names.get(random.nextInt(names.size())), value);
        } else if (container instanceof ArrayNode array) {
            array.set(random.nextInt(array.size()), value);
        }
    }

    private static void collect(JsonNode tree, List<JsonNode> into) {
        if (!tree.isEmpty()) {
            into.add(tree);
        }
        tree.forEach(child -> collect(child, into));
    }
}
