package dev.sluice.batch.lines;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Reads what a line asks for; of its body only as much as must be known. */
public final class LineParser {

    private static final int CUSTOM_ID_CHARACTERS_MAX = 512;
    private static final JsonFactory JSON = new JsonFactory();

    private final String endpoint;

    /** Lines that shall all name {@code endpoint}. */
    public LineParser(String endpoint) {
        this.endpoint = endpoint;
    }

    /** What came of reading a line. */
    public sealed interface Result {

        /** It can be called. */
        record Valid(BatchRequest request) implements Result {}

        /** It cannot. */
        record Invalid(LineProblem problem) implements Result {}
    }

    /** Reads a line that is not blank. */
    public Result parse(Line line) {
        var reading = new Reading(line);
        try (JsonParser json = JSON.createParser(line.bytes(), line.offset(), line.length())) {
            LineProblem problem = reading.read(json);
            return problem == null
                    ? new Result.Valid(reading.request())
                    : new Result.Invalid(problem);
        } catch (IOException e) {
            return new Result.Invalid(reading.notJson());
        }
    }

    /** One line being read. */
    private final class Reading {

        private final Line line;
        private final Set<String> seen = new HashSet<>();
        private @Nullable String customId;
        private String customIdToken = "";
        private @Nullable String method;
        private @Nullable String url;
        private @Nullable String model;
        private boolean streams;
        private @Nullable Slice body;

        Reading(Line line) {
            this.line = line;
        }

        private @Nullable LineProblem read(JsonParser json) throws IOException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return notJson();
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (!seen.add(name)) {
                    return notJson();
                }
                JsonToken value = json.nextToken();
                switch (name) {
                    case "custom_id" -> {
                        customId = text(json, value);
                        customIdToken = customId == null ? "" : raw(json);
                    }
                    case "method" -> method = text(json, value);
                    case "url" -> url = text(json, value);
                    case "body" -> readBody(json, value);
                    default -> json.skipChildren();
                }
            }
            return json.nextToken() == null ? judge() : notJson();
        }

        private void readBody(JsonParser json, JsonToken value) throws IOException {
            if (value != JsonToken.START_OBJECT) {
                json.skipChildren();
                return;
            }
            int from = (int) json.currentTokenLocation().getByteOffset();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken of = json.nextToken();
                if (name.equals("model")) {
                    model = of == JsonToken.VALUE_STRING ? json.getText() : null;
                } else if (name.equals("stream")) {
                    streams = of == JsonToken.VALUE_TRUE;
                }
                json.skipChildren();
            }
            int to = (int) json.currentLocation().getByteOffset();
            // A line in another encoding than UTF-8 has no byte offsets.
            body =
                    from < 0
                            ? null
                            : new Slice(
                                    Arrays.copyOfRange(
                                            line.bytes(), line.offset() + from, line.offset() + to),
                                    0,
                                    to - from);
        }

        private static @Nullable String text(JsonParser json, JsonToken value) throws IOException {
            if (value != JsonToken.VALUE_STRING) {
                json.skipChildren();
                return null;
            }
            return json.getText();
        }

        /** The token as it stands in the line. */
        private String raw(JsonParser json) {
            int from = (int) json.currentTokenLocation().getByteOffset();
            int to = (int) json.currentLocation().getByteOffset();
            return from < 0 ? "" : new String(line.bytes(), line.offset() + from, to - from, UTF_8);
        }

        private @Nullable LineProblem judge() {
            if (customId == null || customId.isEmpty()) {
                return missing("custom_id");
            }
            if (customId.length() > CUSTOM_ID_CHARACTERS_MAX || customIdToken.isEmpty()) {
                return problem(
                        "invalid_custom_id",
                        "custom_id has more than %d characters."
                                .formatted(CUSTOM_ID_CHARACTERS_MAX),
                        "custom_id");
            }
            if (method == null) {
                return missing("method");
            }
            if (!method.equals("POST")) {
                return problem("invalid_method", "The method of a request must be POST.", "method");
            }
            if (url == null) {
                return missing("url");
            }
            if (!url.equals(endpoint)) {
                return problem(
                        "url_mismatch",
                        "The URL provided for this request does not match the batch endpoint.",
                        "url");
            }
            return body == null ? missing("body") : null;
        }

        private BatchRequest request() {
            if (customId == null || body == null) {
                throw new IllegalStateException("an invalid line has no request");
            }
            return new BatchRequest(customId, customIdToken, model, streams, body);
        }

        private LineProblem notJson() {
            return problem(
                    "invalid_json_line",
                    "This line is not parseable as valid JSON, or not one object with distinct"
                            + " fields.",
                    null);
        }

        private LineProblem missing(String field) {
            return problem(
                    "missing_required_parameter",
                    "Missing required parameter: '%s'.".formatted(field),
                    field);
        }

        private LineProblem problem(String code, String message, @Nullable String param) {
            return new LineProblem(code, line.number(), message, param);
        }
    }
}
