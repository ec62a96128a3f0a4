package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/** An error as OpenAI words it. */
record Rejection(
        int status, String message, String type, @Nullable String param, @Nullable String code)
        implements Reading {

    private static final String INVALID_REQUEST = "invalid_request_error";

    static Rejection invalid(String message, @Nullable String param, @Nullable String code) {
        return new Rejection(400, message, INVALID_REQUEST, param, code);
    }

    static Rejection unparsable() {
        return invalid("We could not parse the JSON body of your request.", null, null);
    }

    static Rejection tooLarge(int bytesMax) {
        String message = "The request is larger than %d bytes.".formatted(bytesMax);
        return new Rejection(413, message, INVALID_REQUEST, null, null);
    }

    static Rejection wrongKey() {
        String message = "Incorrect API key provided.";
        return new Rejection(401, message, INVALID_REQUEST, null, "invalid_api_key");
    }

    static Rejection unknownPath(String method, String path) {
        String message = "Invalid URL (%s %s)".formatted(method, path);
        return new Rejection(404, message, INVALID_REQUEST, null, null);
    }

    static Rejection wrongMethod(String method, String path) {
        String message = "Not allowed to %s on %s.".formatted(method, path);
        return new Rejection(405, message, INVALID_REQUEST, null, "method_not_supported");
    }

    static Rejection unknownModel(String model) {
        String message = "The model '%s' does not exist".formatted(model);
        return new Rejection(404, message, INVALID_REQUEST, "model", "model_not_found");
    }

    static Rejection overloaded() {
        return ofStatus(503, null, "The engine is currently overloaded, please try again later");
    }

    static Rejection failed() {
        return ofStatus(500, null, "The server had an error while processing your request.");
    }

    /** The usual error of a status. */
    static Rejection ofStatus(int status, @Nullable String code, @Nullable String message) {
        String text = message == null ? "Simulated error " + status : message;
        return switch (status) {
            case 429 -> {
                String limit = code == null ? "rate_limit_exceeded" : code;
                yield new Rejection(status, text, "requests", null, limit);
            }
            case 401 -> {
                String key = code == null ? "invalid_api_key" : code;
                yield new Rejection(status, text, INVALID_REQUEST, null, key);
            }
            default -> {
                String type = status >= 500 ? "server_error" : INVALID_REQUEST;
                yield new Rejection(status, text, type, null, code);
            }
        };
    }
}
