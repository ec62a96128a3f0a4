package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Google's three ways to embed: many texts, one text, and Vertex' instances. */
final class GeminiEmbedding {

    private GeminiEmbedding() {}

    static ModelCall read(Wire.Address address, JsonNode body) throws InvalidRequestException {
        List<String> texts = new ArrayList<>();
        int dimensions = body.path("outputDimensionality").asInt();
        for (JsonNode one : body.path("requests")) {
            texts.add(String.join("", ChatReading.texts(one.at("/content/parts"))));
            dimensions = one.path("outputDimensionality").asInt();
        }
        for (JsonNode one : body.path("instances")) {
            texts.add(one.path("content").asText());
            dimensions = body.at("/parameters/outputDimensionality").asInt();
        }
        if (body.has("content")) {
            texts.add(String.join("", ChatReading.texts(body.at("/content/parts"))));
        }
        return ChatReading.ofTexts(address.endpoint(), address.model(), texts, dimensions, false);
    }

    static byte[] write(Answer answer, Usage usage, boolean showUsage) {
        List<Embedding> vectors = Embedding.all(answer.call());
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            switch (answer.call().endpoint()) {
                case EMBED_CONTENT -> {
                    json.writeFieldName("embedding");
                    values(json, vectors.getFirst());
                }
                case PREDICT -> predictions(json, answer.call(), vectors);
                default -> {
                    json.writeArrayFieldStart("embeddings");
                    for (Embedding vector : vectors) {
                        values(json, vector);
                    }
                    json.writeEndArray();
                }
            }
            if (showUsage && answer.call().endpoint() != Endpoint.PREDICT) {
                json.writeObjectFieldStart("usageMetadata");
                json.writeNumberField("promptTokenCount", usage.input());
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    private static void predictions(JsonGenerator json, ModelCall call, List<Embedding> vectors)
            throws IOException {
        json.writeArrayFieldStart("predictions");
        for (int i = 0; i < vectors.size(); i++) {
            json.writeStartObject();
            json.writeObjectFieldStart("embeddings");
            json.writeFieldName("values");
            vectors.get(i).write(json, false);
            json.writeObjectFieldStart("statistics");
            json.writeBooleanField("truncated", false);
            json.writeNumberField("token_count", call.prompts().get(i).tokens());
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void values(JsonGenerator json, Embedding vector) throws IOException {
        json.writeStartObject();
        json.writeFieldName("values");
        vector.write(json, false);
        json.writeEndObject();
    }
}
