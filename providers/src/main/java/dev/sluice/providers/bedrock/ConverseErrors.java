package dev.sluice.providers.bedrock;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Makes OpenAI's errors of Bedrock's. */
public final class ConverseErrors {

    /** How the models behind Bedrock say that a prompt is too long. */
    private static final List<String> TOO_LONG =
            List.of(
                    "input tokens exceed",
                    "input is too long",
                    "too many input tokens",
                    "prompt is too long",
                    "maximum context length",
                    "exceeds the maximum number of tokens",
                    "exceed context limit",
                    "expected maxlength");

    private ConverseErrors() {}

    /**
     * An error and the status it would have at OpenAI.
     *
     * @param status 400 to 599
     */
    public record Answered(int status, ErrorBody body) {}

    /**
     * An error that came instead of an answer.
     *
     * @param errorType the header {@code x-amzn-errortype}, empty without one
     */
    public static Answered of(int status, String errorType, byte[] body) {
        Optional<? extends JsonNode> tree = JsonTrees.object(body, 0, body.length);
        String type =
                errorType.isEmpty()
                        ? tree.map(error -> error.path("__type").asText()).orElse("")
                        : errorType;
        String message = tree.map(ConverseErrors::message).orElse("");
        return of(status, name(type), message);
    }

    private static String message(JsonNode error) {
        JsonNode message = error.has("message") ? error.path("message") : error.path("Message");
        return message.asText();
    }

    /** {@code ThrottlingException:http://...} and {@code com.amazon...#ThrottlingException}. */
    private static String name(String type) {
        int colon = type.indexOf(':');
        String name = colon < 0 ? type : type.substring(0, colon);
        return name.substring(name.indexOf('#') + 1);
    }

    /** An exception among the events of a stream. */
    static ErrorBody inStream(String exceptionType, byte[] payload) {
        return inStream(
                exceptionType,
                JsonTrees.object(payload, 0, payload.length)
                        .map(ConverseErrors::message)
                        .orElse(""));
    }

    static ErrorBody inStream(String exceptionType, String message) {
        String name =
                exceptionType.isEmpty()
                        ? ""
                        : exceptionType.substring(0, 1).toUpperCase(Locale.ROOT)
                                + exceptionType.substring(1);
        return of(500, name, message).body();
    }

    private static Answered of(int status, String name, String message) {
        int answered =
                switch (name) {
                    case "ThrottlingException",
                            "ModelNotReadyException",
                            "ServiceQuotaExceededException" ->
                            429;
                    case "ValidationException" -> 400;
                    case "AccessDeniedException", "UnrecognizedClientException" -> 403;
                    case "ResourceNotFoundException" -> 404;
                    case "ModelTimeoutException" -> 408;
                    case "ServiceUnavailableException" -> 503;
                    case "ModelErrorException", "ModelStreamErrorException" -> 502;
                    case "InternalServerException" -> 500;
                    default -> status == 424 ? 502 : status >= 400 && status < 600 ? status : 502;
                };
        String said = message.isEmpty() ? "Bedrock answered %d.".formatted(answered) : message;
        String lower = said.toLowerCase(Locale.ROOT);
        if (answered == 400 && TOO_LONG.stream().anyMatch(lower::contains)) {
            return new Answered(400, StatusErrors.contextLengthExceeded(said));
        }
        return new Answered(answered, StatusErrors.of(answered, said));
    }
}
