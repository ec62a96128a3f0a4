package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.gemini.Recordings.Recording;
import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Whole conversations keep what was said, called and answered on their way to Google. */
class GeminiConversationsTest {

    @Test
    void randomConversationsKeepMessagesToolsAndArguments() {
        for (int seed = 0; seed < 1500; seed++) {
            var random = new SplittableRandom(seed);
            ArrayNode messages = conversation(random);
            String model = random.nextBoolean() ? "gemini-2.5-flash" : "gemini-3-flash-preview";
            JsonNode body = Calls.chat(model, "\"messages\":" + messages);
            assertThat(said(body)).as("seed %d: %s", seed, messages).isEqualTo(expected(messages));
        }
    }

    /** What a reader of OpenAI's form finds, a line each. */
    private static List<String> expected(JsonNode messages) {
        List<String> lines = new ArrayList<>();
        List<String> system = new ArrayList<>();
        for (JsonNode message : messages) {
            String role = message.path("role").asText();
            String text = message.path("content").asText("");
            switch (role) {
                case "system" -> system.add("system " + text);
                case "user" -> lines.add("user " + text);
                case "tool" ->
                        lines.add(
                                "result "
                                        + ThoughtSignature.id(message.path("tool_call_id").asText())
                                        + " "
                                        + text);
                default -> {
                    if (!text.isEmpty()) {
                        lines.add("model " + text);
                    }
                    message.path("tool_calls")
                            .forEach(call ->
                                    lines.add(
                                            "call "
                                                    + call.path("id").asText()
                                                    + " "
                                                    + call.at("/function/name").asText()
                                                    + " "
                                                    + call.at("/function/arguments").asText()));
                }
            }
        }
        system.addAll(lines);
        return system;
    }

    /** The same lines out of Google's form. */
    private static List<String> said(JsonNode body) {
        List<String> lines = new ArrayList<>();
        body.at("/systemInstruction/parts")
                .forEach(part -> lines.add("system " + part.path("text").asText()));
        for (JsonNode content : body.path("contents")) {
            for (JsonNode part : content.path("parts")) {
                JsonNode call = part.path("functionCall");
                JsonNode result = part.path("functionResponse");
                String signature = part.path("thoughtSignature").asText("");
                if (call.isObject()) {
                    boolean isSigned =
                            !signature.isEmpty() && !signature.equals(ThoughtSignature.NONE);
                    String id = call.path("id").asText();
                    lines.add(
                            "call "
                                    + (isSigned ? ThoughtSignature.sign(id, signature) : id)
                                    + " "
                                    + call.path("name").asText()
                                    + " "
                                    + call.path("args"));
                } else if (result.isObject()) {
                    JsonNode response = result.path("response");
                    lines.add(
                            "result "
                                    + result.path("id").asText()
                                    + " "
                                    + (response.path("output").isTextual()
                                            ? response.path("output").asText()
                                            : response.toString()));
                } else {
                    lines.add(content.path("role").asText() + " " + part.path("text").asText());
                }
            }
        }
        return lines;
    }

    private static ArrayNode conversation(SplittableRandom random) {
        ArrayNode messages = JsonTrees.MAPPER.createArrayNode();
        int calls = 0;
        for (int turn = random.nextInt(1, 5); turn > 0; turn--) {
            if (random.nextInt(4) == 0) {
                messages.addObject().put("role", "system").put("content", text(random));
            }
            messages.addObject().put("role", "user").put("content", text(random));
            ObjectNode answer = messages.addObject().put("role", "assistant");
            answer.put("content", random.nextBoolean() ? text(random) : null);
            List<String> ids = new ArrayList<>();
            for (int count = random.nextInt(4); count > 0; count--) {
                String id = "call_" + calls++;
                ids.add(id);
                ObjectNode call = answer.withArray("tool_calls").addObject();
                boolean isSigned = random.nextInt(3) == 0;
                call.put("id", isSigned ? ThoughtSignature.sign(id, "c2ln" + "A".repeat(4)) : id);
                call.put("type", "function")
                        .putObject("function")
                        .put("name", "f" + random.nextInt(3))
                        .put("arguments", object(random, 3).toString());
                if (isSigned) {
                    ids.set(ids.size() - 1, call.path("id").asText());
                }
            }
            for (String id : ids) {
                messages.addObject()
                        .put("role", "tool")
                        .put("tool_call_id", id)
                        .put(
                                "content",
                                random.nextBoolean()
                                        ? "said " + text(random)
                                        : object(random, 2).toString());
            }
        }
        return messages;
    }

    private static ObjectNode object(SplittableRandom random, int depth) {
        ObjectNode object = JsonTrees.MAPPER.createObjectNode();
        var names = new HashSet<String>();
        for (int count = random.nextInt(4); count > 0; count--) {
            String name = text(random);
            if (names.add(name)) {
                object.set(name, value(random, depth));
            }
        }
        return object;
    }

    private static JsonNode value(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> JsonTrees.MAPPER.getNodeFactory().textNode(text(random));
            case 1 ->
                    Calls.tree(
                            List.of("1.50", "-0", "12345678901234567890", "1E+2", "0.1")
                                    .get(random.nextInt(5)));
            case 2 -> Calls.tree(random.nextBoolean() ? "true" : "null");
            case 3 -> JsonTrees.MAPPER.getNodeFactory().numberNode(random.nextLong());
            case 4 -> object(random, depth - 1);
            default -> JsonTrees.MAPPER.createArrayNode().add(value(random, depth - 1));
        };
    }

    private static String text(SplittableRandom random) {
        List<String> pieces =
                List.of(
                        "a",
                        "Grüße",
                        "\uD83D\uDE00",
                        "\"",
                        "\\",
                        "\n",
                        "\u0001",
                        "{}",
                        "data: ",
                        " ");
        var text = new StringBuilder("t");
        for (int count = random.nextInt(6); count > 0; count--) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }

    @Test
    void recordedRequestsAreMadeAgainOutOfOpenAisForm() {
        List<Recording> all = new ArrayList<>(Recordings.of("generateContent"));
        all.addAll(Recordings.of("streamGenerateContent"));
        all.removeIf(recording -> !recording.request().isObject());
        for (Recording recording : all) {
            JsonNode recorded = camel(recording.request().path("body"));
            ObjectNode request = openAi(recorded);
            JsonNode made =
                    Calls.body(Calls.ready(Calls.studio(recording.model()), request.toString()));
            String id = recording.id();
            assertThat(made.path("contents")).as(id).isEqualTo(recorded.path("contents"));
            assertThat(Calls.texts(made.at("/systemInstruction/parts"), "text"))
                    .as(id)
                    .isEqualTo(Calls.texts(recorded.at("/systemInstruction/parts"), "text"));
            assertThat(Calls.texts(made.at("/tools/0/functionDeclarations"), "name"))
                    .as(id)
                    .isEqualTo(Calls.texts(recorded.at("/tools/0/functionDeclarations"), "name"));
            assertThat(made.at("/generationConfig/maxOutputTokens"))
                    .as(id)
                    .isEqualTo(recorded.at("/generationConfig/maxOutputTokens"));
            assertThat(made.at("/generationConfig/thinkingConfig"))
                    .as(id)
                    .isEqualTo(recorded.at("/generationConfig/thinkingConfig"));
        }
        assertThat(all).hasSizeGreaterThan(20);
    }

    /**
     * Recordings have members in both of Google's spellings, and signatures in both of Base64's.
     */
    private static JsonNode camel(JsonNode tree) {
        if (tree.isArray()) {
            ArrayNode list = JsonTrees.MAPPER.createArrayNode();
            tree.forEach(item -> list.add(camel(item)));
            return list;
        }
        if (!tree.isObject()) {
            return tree;
        }
        ObjectNode object = JsonTrees.MAPPER.createObjectNode();
        for (Map.Entry<String, JsonNode> field : tree.properties()) {
            String name = GeminiRequest.camelCase(field.getKey());
            JsonNode value = camel(field.getValue());
            if (name.equals("thoughtSignature")) {
                String text = value.asText().replace('-', '+').replace('_', '/');
                value = JsonTrees.MAPPER.getNodeFactory().textNode(text);
            }
            object.set(name, value);
        }
        return object;
    }

    private static ObjectNode openAi(JsonNode recorded) {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode().put("model", "m");
        ArrayNode messages = request.putArray("messages");
        recorded.at("/systemInstruction/parts")
                .forEach(part ->
                        messages.addObject()
                                .put("role", "system")
                                .set("content", part.get("text")));
        recorded.path("contents").forEach(content -> message(content, messages));
        for (JsonNode declaration : recorded.at("/tools/0/functionDeclarations")) {
            ObjectNode function = JsonTrees.MAPPER.createObjectNode();
            function.setAll((ObjectNode) declaration);
            function.set("parameters", function.remove("parametersJsonSchema"));
            request.withArray("tools")
                    .addObject()
                    .put("type", "function")
                    .set("function", function);
        }
        JsonNode config = recorded.path("generationConfig");
        if (config.has("maxOutputTokens")) {
            request.set("max_tokens", config.get("maxOutputTokens"));
        }
        if (config.has("thinkingConfig")) {
            request.set("thinkingConfig", config.get("thinkingConfig"));
        }
        return request;
    }

    private static void message(JsonNode content, ArrayNode messages) {
        if (content.at("/parts/0").has("functionResponse")) {
            for (JsonNode part : content.path("parts")) {
                JsonNode result = part.get("functionResponse");
                ObjectNode message = messages.addObject().put("role", "tool");
                message.set("tool_call_id", result.get("id"));
                message.set("name", result.get("name"));
                ArrayNode parts = message.putArray("content");
                parts.addObject()
                        .put("type", "text")
                        .put("text", result.path("response").toString());
                result.path("parts").forEach(media -> parts.add(part(media)));
            }
            return;
        }
        boolean isModel = content.path("role").asText().equals("model");
        ObjectNode message = messages.addObject().put("role", isModel ? "assistant" : "user");
        for (JsonNode part : content.path("parts")) {
            if (part.has("functionCall")) {
                JsonNode call = part.get("functionCall");
                String id = call.path("id").asText();
                ObjectNode made = message.withArray("tool_calls").addObject();
                made.put(
                        "id", ThoughtSignature.sign(id, part.path("thoughtSignature").textValue()));
                made.putObject("function")
                        .put("name", call.path("name").asText())
                        .put("arguments", call.path("args").toString());
            } else {
                message.withArray("content").add(part(part));
            }
        }
    }

    private static ObjectNode part(JsonNode part) {
        ObjectNode made = JsonTrees.MAPPER.createObjectNode();
        if (part.has("text")) {
            return made.put("type", "text").put("text", part.path("text").asText());
        }
        JsonNode data = part.path("inlineData");
        String url =
                data.isObject()
                        ? "data:"
                                + data.path("mimeType").asText()
                                + ";base64,"
                                + data.path("data").asText()
                        : part.at("/fileData/fileUri").asText();
        made.put("type", "image_url").putObject("image_url").put("url", url);
        return made;
    }
}
