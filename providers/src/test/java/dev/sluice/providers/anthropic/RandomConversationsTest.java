package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever is said reaches Anthropic: nothing lost, nothing doubled, all in its order. */
class RandomConversationsTest {

    private static final String[] WORDS = {
        "a", "Grüße", "\"quoted\"", "\\", "\n", "😀", "\u0001", "日本", "</x>", "{}", " "
    };

    private final Random random = new Random(20_261_123);

    @Test
    void messagesToolsAndArgumentsAreKept() {
        for (int i = 0; i < 1_000; i++) {
            ObjectNode request = JsonTrees.MAPPER.createObjectNode().put("model", "m");
            conversation(request.putArray("messages"));
            tools(request.putArray("tools"));

            ObjectNode sent = Anthropic.sent(Anthropic.ready("claude-sonnet-4-5", request));

            assertThat(spokenAtAnthropic(sent)).as("round %d", i).isEqualTo(spoken(request));
            assertThat(toolsAtAnthropic(sent)).as("round %d", i).isEqualTo(toolsAtOpenAi(request));
            for (int at = 1; at < sent.path("messages").size(); at++) {
                assertThat(sent.path("messages").path(at).path("role"))
                        .isNotEqualTo(sent.path("messages").path(at - 1).path("role"));
            }
        }
    }

    private void conversation(ArrayNode messages) {
        for (int i = random.nextInt(3); i > 0; i--) {
            message(messages, random.nextBoolean() ? "system" : "developer");
        }
        int calls = 0;
        for (int turns = 1 + random.nextInt(6); turns > 0; turns--) {
            message(messages, "user");
            ObjectNode assistant = messages.addObject().put("role", "assistant");
            int count = random.nextInt(4);
            if (count == 0 || random.nextBoolean()) {
                assistant.put("content", text());
            }
            if (count > 0) {
                ArrayNode list = assistant.putArray("tool_calls");
                for (int i = 0; i < count; i++) {
                    ObjectNode call = list.addObject().put("id", "call_" + (calls + i));
                    call.put("type", "function");
                    call.putObject("function")
                            .put("name", "tool_" + random.nextInt(5))
                            .put("arguments", object(3).toString());
                }
                for (int i = 0; i < count; i++) {
                    ObjectNode result = message(messages, "tool");
                    result.put("tool_call_id", "call_" + (calls + i));
                }
                calls += count;
            }
        }
        message(messages, "user");
    }

    private ObjectNode message(ArrayNode messages, String role) {
        ObjectNode message = messages.addObject().put("role", role);
        if (random.nextBoolean()) {
            message.put("content", text());
        } else {
            ArrayNode parts = message.putArray("content");
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                parts.addObject().put("type", "text").put("text", text());
            }
        }
        return message;
    }

    private void tools(ArrayNode tools) {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            ObjectNode function = tools.addObject().put("type", "function").putObject("function");
            function.put("name", "tool_" + i).put("description", text());
            ObjectNode schema = function.putObject("parameters").put("type", "object");
            schema.putObject("properties").set("x", object(1));
        }
    }

    private ObjectNode object(int depth) {
        ObjectNode object = JsonTrees.MAPPER.createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            object.set("k" + i + text(), value(depth));
        }
        return object;
    }

    private JsonNode value(int depth) {
        JsonNodeFactory nodes = JsonTrees.MAPPER.getNodeFactory();
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> nodes.textNode(text());
            case 1 -> nodes.numberNode(new BigDecimal(random.nextInt(9_999) + ".10"));
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.booleanNode(random.nextBoolean());
            case 4 -> nodes.nullNode();
            case 5 -> object(depth - 1);
            default -> nodes.arrayNode().add(value(depth - 1)).add(value(depth - 1));
        };
    }

    /** Never blank, and without blanks at its end: Anthropic would refuse it. */
    private String text() {
        var text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.append("end").toString();
    }

    private static List<List<Object>> spoken(JsonNode request) {
        List<List<Object>> all = new ArrayList<>();
        for (JsonNode message : request.path("messages")) {
            String role = message.path("role").asText();
            if (role.equals("tool")) {
                String id = message.path("tool_call_id").asText();
                texts(message.path("content"))
                        .forEach(text -> all.add(List.of("result", id, text)));
                continue;
            }
            String as = role.equals("developer") ? "system" : role;
            texts(message.path("content")).forEach(text -> all.add(List.of(as, text)));
            for (JsonNode call : message.path("tool_calls")) {
                JsonNode function = call.path("function");
                JsonNode arguments = Recordings.tree(function.path("arguments").asText());
                all.add(List.of("call", call.path("id"), function.path("name"), arguments));
            }
        }
        return all;
    }

    private static List<List<Object>> spokenAtAnthropic(JsonNode sent) {
        List<List<Object>> all = new ArrayList<>();
        sent.path("system")
                .forEach(block -> all.add(List.of("system", block.path("text").asText())));
        for (JsonNode message : sent.path("messages")) {
            String role = message.path("role").asText();
            for (JsonNode block : message.path("content")) {
                switch (block.path("type").asText()) {
                    case "text" -> all.add(List.of(role, block.path("text").asText()));
                    case "tool_use" ->
                            all.add(
                                    List.of(
                                            "call",
                                            block.path("id"),
                                            block.path("name"),
                                            block.path("input")));
                    case "tool_result" -> {
                        String id = block.path("tool_use_id").asText();
                        texts(block.path("content"))
                                .forEach(text -> all.add(List.of("result", id, text)));
                    }
                    default -> all.add(List.of("unexpected", block));
                }
            }
        }
        return all;
    }

    private static List<String> texts(JsonNode content) {
        List<String> texts = new ArrayList<>();
        if (content.isTextual()) {
            texts.add(content.textValue());
        }
        content.forEach(part -> texts.add(part.path("text").asText()));
        return texts;
    }

    private static List<List<JsonNode>> toolsAtOpenAi(JsonNode request) {
        List<List<JsonNode>> all = new ArrayList<>();
        request.path("tools")
                .forEach(tool -> {
                    JsonNode function = tool.path("function");
                    all.add(
                            List.of(
                                    function.path("name"),
                                    function.path("description"),
                                    function.path("parameters")));
                });
        return read(all);
    }

    private static List<List<JsonNode>> toolsAtAnthropic(JsonNode sent) {
        List<List<JsonNode>> all = new ArrayList<>();
        sent.path("tools")
                .forEach(tool ->
                        all.add(
                                List.of(
                                        tool.path("name"),
                                        tool.path("description"),
                                        tool.path("input_schema"))));
        return read(all);
    }

    /** As a reader of their JSON sees them, who knows no int from long. */
    private static List<List<JsonNode>> read(List<List<JsonNode>> all) {
        return all.stream()
                .map(list -> list.stream().map(node -> Recordings.tree(node.toString())).toList())
                .toList();
    }
}
