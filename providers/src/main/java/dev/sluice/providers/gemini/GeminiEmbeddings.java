package dev.sluice.providers.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.openai.UsageJson;
import dev.sluice.schemas.events.Usage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** OpenAI's embeddings by any of the three ways in which Google makes them. */
public final class GeminiEmbeddings {

    private static final Set<String> STAYS_HERE =
            Set.of("model", "input", "user", "encoding_format", "metadata", "dimensions");

    private static final Map<String, String> TASK_TYPES =
            Map.of("input_type", "taskType", "task_type", "taskType", "taskType", "taskType");

    /** How Google takes the inputs. */
    public enum Form {
        /** Many inputs a call: AI Studio. */
        BATCH("batchEmbedContents"),
        /** One input a call: Vertex, from the second embedding model on. */
        SINGLE("embedContent"),
        /** Vertex' older models. */
        PREDICT("predict");

        private final String method;

        Form(String method) {
            this.method = method;
        }

        /** The method's name at the end of the path. */
        public String method() {
            return method;
        }
    }

    private GeminiEmbeddings() {}

    /** The body of Google's request. */
    public static ObjectNode request(ObjectNode request, GeminiSettings settings, Form form)
            throws UnsupportedRequestException {
        List<String> inputs = inputs(request.path("input"));
        if (form == Form.SINGLE && inputs.size() > 1) {
            throw UnsupportedRequestException.at(
                    "input", "has more than the one text that this model takes.");
        }
        ObjectNode options = JsonTrees.MAPPER.createObjectNode();
        if (request.path("dimensions").isNumber()) {
            options.set("outputDimensionality", request.get("dimensions"));
        }
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            String name = field.getKey();
            if (!STAYS_HERE.contains(name) && !settings.alsoDropped().contains(name)) {
                options.set(
                        TASK_TYPES.getOrDefault(name, GeminiRequest.camelCase(name)),
                        field.getValue());
            }
        }
        ObjectNode body = body(inputs, options, settings, form);
        GeminiRequest.merge(settings.extraBody(), body);
        return body;
    }

    private static ObjectNode body(
            List<String> inputs, ObjectNode options, GeminiSettings settings, Form form) {
        ObjectNode body = JsonTrees.MAPPER.createObjectNode();
        switch (form) {
            case BATCH ->
                    inputs.forEach(input -> {
                        ObjectNode one = body.withArray("requests").addObject();
                        one.put("model", "models/" + settings.model()).setAll(options);
                        one.putObject("content").putArray("parts").add(MediaParts.text(input));
                    });
            case SINGLE -> {
                body.putObject("content").putArray("parts").add(MediaParts.text(inputs.getFirst()));
                body.setAll(options);
            }
            case PREDICT -> {
                JsonNode task = options.remove("taskType");
                inputs.forEach(input -> {
                    ObjectNode one = body.withArray("instances").addObject().put("content", input);
                    if (task != null) {
                        one.set("task_type", task);
                    }
                });
                if (!options.isEmpty()) {
                    body.set("parameters", options);
                }
            }
        }
        return body;
    }

    private static List<String> inputs(JsonNode input) throws UnsupportedRequestException {
        List<String> texts = new ArrayList<>();
        if (input.isTextual()) {
            texts.add(input.textValue());
        }
        for (JsonNode one : input) {
            if (!one.isTextual()) {
                throw UnsupportedRequestException.at(
                        "input", "has tokens: this model takes texts only.");
            }
            texts.add(one.textValue());
        }
        if (texts.isEmpty()) {
            throw UnsupportedRequestException.at("input", "has no text.");
        }
        return texts;
    }

    /**
     * Google's answer as OpenAI's; empty if it is none. Usage is only where Google counts.
     *
     * @param isBase64 whether the caller wants little-endian floats in Base64 instead of a list
     */
    public static Optional<byte[]> answer(byte[] body, String model, boolean isBase64) {
        JsonNode answer = Json.read(body);
        List<JsonNode> vectors = new ArrayList<>();
        if (answer.path("embedding").isObject()) {
            vectors.add(answer.path("embedding").path("values"));
        }
        answer.path("embeddings").forEach(one -> vectors.add(one.path("values")));
        long counted = answer.path("usageMetadata").path("promptTokenCount").asLong(0);
        for (JsonNode one : answer.path("predictions")) {
            vectors.add(one.path("embeddings").path("values"));
            counted += one.path("embeddings").path("statistics").path("token_count").asLong();
        }
        if (vectors.isEmpty() || !vectors.stream().allMatch(GeminiEmbeddings::isVector)) {
            return Optional.empty();
        }
        ObjectNode made = JsonTrees.MAPPER.createObjectNode().put("object", "list");
        ArrayNode data = made.putArray("data");
        for (JsonNode vector : vectors) {
            ObjectNode one = data.addObject().put("object", "embedding");
            one.put("index", data.size() - 1);
            if (isBase64) {
                one.put("embedding", base64(vector));
            } else {
                one.set("embedding", vector);
            }
        }
        made.put("model", model);
        String json = Json.write(made);
        if (counted > 0 && counted < Integer.MAX_VALUE) {
            String usage = UsageJson.of(Usage.of(counted, 0));
            json = json.substring(0, json.length() - 1) + ",\"usage\":" + usage + "}";
        }
        return Optional.of(json.getBytes(UTF_8));
    }

    private static boolean isVector(JsonNode vector) {
        if (!vector.isArray() || vector.isEmpty()) {
            return false;
        }
        for (JsonNode value : vector) {
            if (!value.isNumber()) {
                return false;
            }
        }
        return true;
    }

    private static String base64(JsonNode vector) {
        ByteBuffer bytes =
                ByteBuffer.allocate(vector.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        vector.forEach(value -> bytes.putFloat(value.floatValue()));
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
