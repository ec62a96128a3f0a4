package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/** Which endpoint a path means, in any provider's API. */
final class Addresses {

    private static final String AZURE = "/openai/deployments/";
    private static final String AZURE_V1 = "/openai/v1/";
    private static final String BEDROCK = "/model/";
    private static final String GOOGLE = "/models/";

    private Addresses() {}

    /** The endpoint; null if the path means no model. */
    static Wire.@Nullable Address of(String path) {
        Endpoint fixed = fixed(path);
        if (fixed != null) {
            return new Wire.Address(fixed, "", false);
        }
        if (path.startsWith(AZURE_V1)) {
            return of("/v1/" + path.substring(AZURE_V1.length()));
        }
        if (path.startsWith(AZURE)) {
            int end = path.indexOf('/', AZURE.length());
            return end < 0 ? null : of("/v1" + path.substring(end));
        }
        if (path.startsWith(BEDROCK)) {
            return bedrock(path);
        }
        int google = path.lastIndexOf(GOOGLE);
        return google < 0 ? null : google(path.substring(google + GOOGLE.length()));
    }

    private static @Nullable Endpoint fixed(String path) {
        return switch (path) {
            case "/v1/chat/completions" -> Endpoint.CHAT;
            case "/v1/completions" -> Endpoint.COMPLETIONS;
            case "/v1/embeddings" -> Endpoint.EMBEDDINGS;
            case "/v1/messages" -> Endpoint.MESSAGES;
            case "/v1/messages/count_tokens" -> Endpoint.COUNT_TOKENS;
            case "/v2/chat" -> Endpoint.COHERE_CHAT;
            case "/v2/embed" -> Endpoint.COHERE_EMBED;
            case "/v1/rerank", "/v2/rerank" -> Endpoint.RERANK;
            case "/v1/responses" -> Endpoint.RESPONSES;
            case "/v1/images/generations" -> Endpoint.IMAGES;
            case "/v1/audio/speech" -> Endpoint.SPEECH;
            case "/v1/audio/transcriptions" -> Endpoint.TRANSCRIPTIONS;
            case "/v1/moderations" -> Endpoint.MODERATIONS;
            default -> null;
        };
    }

    private static Wire.@Nullable Address bedrock(String path) {
        int end = path.lastIndexOf('/');
        if (end < BEDROCK.length()) {
            return null;
        }
        String model = path.substring(BEDROCK.length(), end);
        return switch (path.substring(end + 1)) {
            case "converse" -> new Wire.Address(Endpoint.CONVERSE, model, false);
            case "converse-stream" -> new Wire.Address(Endpoint.CONVERSE, model, true);
            default -> null;
        };
    }

    private static Wire.@Nullable Address google(String rest) {
        int colon = rest.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        String model = rest.substring(0, colon);
        return switch (rest.substring(colon + 1)) {
            case "generateContent" -> new Wire.Address(Endpoint.GENERATE, model, false);
            case "streamGenerateContent" -> new Wire.Address(Endpoint.GENERATE, model, true);
            case "batchEmbedContents" -> new Wire.Address(Endpoint.EMBED_BATCH, model, false);
            case "embedContent" -> new Wire.Address(Endpoint.EMBED_CONTENT, model, false);
            case "predict" -> new Wire.Address(Endpoint.PREDICT, model, false);
            default -> null;
        };
    }
}
