package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random conversations keep messages, tools and arguments on the way to Bedrock and Cohere. */
class RandomConversationsTest {

    private static final int CONVERSATIONS = 300;
    private static final String[] WORDS = {
        "Grüße", "\uD83D\uDE00", "a \"quoted\" b", "\\", "\n", "null", "{\"x\":1}", "長い", " "
    };

    private final Random random = new Random();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bedrockGetsAllOfThem(long seed) {
        random.setSeed(seed);
        var protocol =
                BedrockProtocol.of(
                        Calls.settings("bedrock", "anthropic.claude-3", Parameters.STRICT));
        for (int i = 0; i < CONVERSATIONS; i++) {
            ObjectNode request = request();
            JsonNode sent = Calls.sent(protocol, Calls.call(Endpoint.CHAT_COMPLETIONS, request));
            assertThat(normal(ConverseReader.openAi(sent)))
                    .as(request.toString())
                    .isEqualTo(normal(request));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void cohereGetsAllOfThem(long seed) {
        random.setSeed(seed);
        var protocol = CohereProtocol.of(Calls.settings("cohere", "m", Parameters.STRICT));
        for (int i = 0; i < CONVERSATIONS; i++) {
            ObjectNode request = request();
            JsonNode sent = Calls.sent(protocol, Calls.call(Endpoint.CHAT_COMPLETIONS, request));
            assertThat(normal(sent)).as(request.toString()).isEqualTo(normal(request));
        }
    }

    private ObjectNode request() {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode().put("model", "m");
        ArrayNode messages = request.putArray("messages");
        if (random.nextBoolean()) {
            messages.addObject().put("role", "system").put("content", text());
        }
        int turns = 1 + random.nextInt(4);
        for (int turn = 0; turn < turns; turn++) {
            content(messages.addObject().put("role", "user"));
            ObjectNode assistant = messages.addObject().put("role", "assistant");
            int calls = random.nextInt(4);
            if (calls == 0 || random.nextBoolean()) {
                content(assistant);
            } else {
                assistant.putNull("content");
            }
            for (int call = 0; call < calls; call++) {
                String id = "call_" + turn + "_" + call;
                ObjectNode made = assistant.withArray("tool_calls").addObject().put("id", id);
                made.put("type", "function")
                        .putObject("function")
                        .put("name", "f" + random.nextInt(3))
                        .put("arguments", object(0).toString());
            }
            for (int call = 0; call < calls; call++) {
                String id = "call_" + turn + "_" + call;
                content(messages.addObject().put("role", "tool").put("tool_call_id", id));
            }
        }
        content(messages.addObject().put("role", "user"));
        for (int tool = 0; tool < 3; tool++) {
            request.withArray("tools")
                    .addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", "f" + tool)
                    .put("description", text())
                    .set("parameters", object(0));
        }
        return request;
    }

    private void content(ObjectNode message) {
        if (random.nextBoolean()) {
            message.put("content", text());
            return;
        }
        ArrayNode parts = message.putArray("content");
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            parts.addObject().put("type", "text").put("text", text());
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int words = 1 + random.nextInt(4);
        for (int i = 0; i < words; i++) {
            text.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    private ObjectNode object(int depth) {
        ObjectNode object = JsonTrees.MAPPER.createObjectNode();
        int fields = random.nextInt(4);
        for (int i = 0; i < fields; i++) {
            String name = text();
            switch (random.nextInt(depth > 2 ? 4 : 6)) {
                case 0 -> object.put(name, text());
                case 1 -> object.put(name, random.nextLong());
                case 2 -> object.put(name, new java.math.BigDecimal("1.50").scaleByPowerOfTen(3));
                case 3 -> object.putNull(name);
                case 4 -> object.set(name, object(depth + 1));
                default -> object.putArray(name).add(object(depth + 1)).add(random.nextBoolean());
            }
        }
        return object;
    }

    /** Who said what in order: texts joined, calls and results one by one, and the tools. */
    private static List<String> normal(JsonNode request) {
        List<String> all = new ArrayList<>();
        for (JsonNode message : request.path("messages")) {
            StringBuilder text = new StringBuilder(message.path("content").asText());
            message.path("content").forEach(part -> text.append(part.path("text").asText()));
            String said =
                    message.path("role").asText()
                            + message.path("tool_call_id").asText()
                            + ": "
                            + (message.path("content").isNull() ? "" : text);
            all.add(said);
            for (JsonNode call : message.path("tool_calls")) {
                all.add(
                        call.path("id").asText()
                                + call.at("/function/name").asText()
                                + Exchanges.tree(call.at("/function/arguments").asText()));
            }
        }
        for (JsonNode tool : request.path("tools")) {
            all.add(tool.path("function").toString());
        }
        return all;
    }
}
