package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.schemas.Digests;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HexFormat;

/**
 * A line of an output or error file, in OpenAI's form. Answers go into it as the bytes that they
 * are.
 */
final class OutputLine {

    private static final JsonFactory JSON = new JsonFactory();

    private OutputLine() {}

    /**
     * A line that was answered, with whatever status.
     *
     * @param customIdToken the caller's name of the line as a JSON string
     * @param body a JSON value; line ends in it become blanks
     */
    static byte[] answered(
            String batch,
            int line,
            String customIdToken,
            int status,
            String requestId,
            byte[] body) {
        var out = new ByteArrayOutputStream(body.length + 256);
        begin(out, batch, line, customIdToken);
        write(out, ",\"response\":{\"status_code\":" + status + ",\"request_id\":");
        write(out, quoted(requestId));
        write(out, ",\"body\":");
        for (byte next : body) {
            out.write(next == '\n' || next == '\r' ? ' ' : next);
        }
        write(out, "},\"error\":null}");
        return out.toByteArray();
    }

    /** A line that was not answered. */
    static byte[] unanswered(
            String batch, int line, @Nullable String customIdToken, String code, String message) {
        var out = new ByteArrayOutputStream(256);
        begin(out, batch, line, customIdToken == null ? "null" : customIdToken);
        write(
                out,
                ",\"response\":null,\"error\":{\"code\":%s,\"message\":%s}}"
                        .formatted(quoted(code), quoted(message)));
        return out.toByteArray();
    }

    private static void begin(
            ByteArrayOutputStream out, String batch, int line, String customIdToken) {
        // The same line of a batch has the same name, however often it is called.
        byte[] digest = Digests.sha256().digest((batch + ":" + line).getBytes(UTF_8));
        String id = HexFormat.of().formatHex(digest, 0, 12);
        write(out, "{\"id\":\"batch_req_" + id + "\",\"custom_id\":" + customIdToken);
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(UTF_8));
    }

    private static String quoted(String text) {
        var out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeString(text);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return out.toString();
    }
}
