package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

/**
 * Stands in for all providers: on each one's path a stream of its wire, sent in the pieces that the
 * test asks for. Text, letters of several bytes, a tool's call and the usage are in it.
 */
final class CutStreams implements AutoCloseable {

    /**
     * Long enough that a reader who waits sees each piece alone, unless the machine is busy: then a
     * cut is missed, but none is seen that was not made.
     */
    private static final Duration BETWEEN_PIECES = Duration.ofMillis(2);

    private static final Duration BETWEEN_BYTES = Duration.ofNanos(300_000);

    private static final String OPENAI =
            """
            data: {"id":"c1","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"Gr\u00fc\u00dfe \ud83d\ude42"}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","function":{"name":"f","arguments":"{\\"a\\""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}

            data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}

            data: [DONE]

            """;
    private static final String RESPONSES =
            """
            event: response.created
            data: {"type":"response.created","response":{"id":"r1","status":"in_progress"}}

            data: {"type":"response.output_text.delta","delta":"Gr\u00fc\u00dfe \ud83d\ude42"}

            event: response.completed
            data: {"type":"response.completed","response":{"id":"r1","status":"completed","output":[{"type":"message","content":[{"text":"Gr\u00fc\u00dfe \ud83d\ude42"}]},{"arguments":"{\\"a\\":1}"}],"usage":{"input_tokens":3,"output_tokens":9}}}

            """;
    private static final String ANTHROPIC =
            """
            event: message_start
            data: {"type":"message_start","message":{"id":"m1","model":"c","usage":{"input_tokens":3}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Gr\u00fc\u00dfe \ud83d\ude42"}}

            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":1}"}}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

            event: message_stop
            data: {"type":"message_stop"}

            """;

    /** Its lines end with CRLF; without a tool's call, to which Google gives no id. */
    private static final String GEMINI =
            """
            data: {"candidates":[{"content":{"parts":[{"text":"Gr\u00fc\u00dfe \ud83d\ude42"}],"role":"model"}}],"responseId":"g1"}

            data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":9}}

            """
                    .replace("\n", "\r\n");

    private static final String COHERE =
            """
            event: message-start
            data: {"type":"message-start","id":"c1"}

            data: {"type":"content-delta","delta":{"message":{"content":{"text":"Gr\u00fc\u00dfe \ud83d\ude42"}}}}

            data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t1","function":{"name":"f","arguments":"{\\"a\\""}}}}}

            data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":":1}"}}}}}

            data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":3,"output_tokens":9}}}}

            """;

    /** The end of a path, and what is streamed there. */
    private static final Map<String, byte[]> STREAMS =
            Map.of(
                    "/chat/completions", OPENAI.getBytes(UTF_8),
                    "/responses", RESPONSES.getBytes(UTF_8),
                    "/messages", ANTHROPIC.getBytes(UTF_8),
                    ":streamGenerateContent", GEMINI.getBytes(UTF_8),
                    "/v2/chat", COHERE.getBytes(UTF_8),
                    "/converse-stream", converse());

    private final ServerSocket server;
    private volatile int cut = -1;
    private volatile boolean byteByByte;

    CutStreams() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** Where it listens. */
    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** The bytes of the stream on a path with this end. */
    static int length(String pathEnd) {
        return stream(pathEnd).length;
    }

    /** From now on streams come in one piece. */
    void sendWhole() {
        cut = -1;
        byteByByte = false;
    }

    /** From now on streams come in two pieces, the first with as many bytes. */
    void cutAt(int bytes) {
        cut = bytes;
        byteByByte = false;
    }

    /** From now on each byte of a stream is a piece of its own. */
    void sendByteByByte() {
        byteByByte = true;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // It is closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                in.readNBytes(contentLength(head));
                String target = head.split(" ", 3)[1];
                send(socket.getOutputStream(), stream(target.split("\\?", 2)[0]));
            }
        } catch (IOException e) {
            // The gateway left.
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static int contentLength(String head) {
        return head.lines()
                .map(line -> line.toLowerCase(Locale.ROOT))
                .filter(line -> line.startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(15).trim()))
                .findFirst()
                .orElse(0);
    }

    private static byte[] stream(String path) {
        return STREAMS.entrySet().stream()
                .filter(stream -> path.endsWith(stream.getKey()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(path))
                .getValue();
    }

    private void send(OutputStream out, byte[] stream) throws IOException {
        boolean isBinary = stream[0] == 0;
        String head =
                "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .formatted(
                                isBinary
                                        ? "application/vnd.amazon.eventstream"
                                        : "text/event-stream");
        out.write(head.getBytes(ISO_8859_1));
        if (byteByByte) {
            for (int i = 0; i < stream.length; i++) {
                chunk(out, stream, i, i + 1);
                LockSupport.parkNanos(BETWEEN_BYTES.toNanos());
            }
        } else {
            int first = cut < 0 ? stream.length : cut;
            chunk(out, stream, 0, first);
            if (first > 0 && first < stream.length) {
                LockSupport.parkNanos(BETWEEN_PIECES.toNanos());
            }
            chunk(out, stream, first, stream.length);
        }
        out.write("0\r\n\r\n".getBytes(ISO_8859_1));
    }

    private static void chunk(OutputStream out, byte[] stream, int from, int to)
            throws IOException {
        if (from < to) {
            var framed = new ByteArrayOutputStream(to - from + 16);
            framed.writeBytes((Integer.toHexString(to - from) + "\r\n").getBytes(ISO_8859_1));
            framed.write(stream, from, to - from);
            framed.writeBytes("\r\n".getBytes(ISO_8859_1));
            out.write(framed.toByteArray());
        }
    }

    /** Amazon's frames: lengths, headers and checksums in binary. */
    private static byte[] converse() {
        var stream = new ByteArrayOutputStream();
        stream.writeBytes(frame("messageStart", "{\"role\":\"assistant\"}"));
        stream.writeBytes(
                frame(
                        "contentBlockDelta",
                        "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Gr\u00fc\u00dfe \ud83d\ude42\"}}"));
        stream.writeBytes(
                frame(
                        "contentBlockStart",
                        "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"f\"}}}"));
        stream.writeBytes(
                frame(
                        "contentBlockDelta",
                        "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"{\\\"a\\\":1}\"}}}"));
        stream.writeBytes(frame("messageStop", "{\"stopReason\":\"tool_use\"}"));
        stream.writeBytes(
                frame(
                        "metadata",
                        "{\"usage\":{\"inputTokens\":3,\"outputTokens\":9,\"totalTokens\":12}}"));
        return stream.toByteArray();
    }

    private static byte[] frame(String event, String json) {
        try {
            var headers = new ByteArrayOutputStream();
            header(headers, ":message-type", "event");
            header(headers, ":event-type", event);
            byte[] payload = json.getBytes(UTF_8);
            var frame = new ByteArrayOutputStream();
            var data = new DataOutputStream(frame);
            data.writeInt(16 + headers.size() + payload.length);
            data.writeInt(headers.size());
            data.writeInt(checksum(frame));
            data.write(headers.toByteArray());
            data.write(payload);
            data.writeInt(checksum(frame));
            return frame.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void header(ByteArrayOutputStream headers, String name, String value)
            throws IOException {
        var data = new DataOutputStream(headers);
        data.writeByte(name.length());
        data.writeBytes(name);
        data.writeByte(7); // a string
        data.writeUTF(value);
    }

    private static int checksum(ByteArrayOutputStream bytes) {
        var checksum = new CRC32();
        checksum.update(bytes.toByteArray());
        return (int) checksum.getValue();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
