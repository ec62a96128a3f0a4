package dev.sluice.standalone.transcripts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A provider on loopback that answers what was recorded: status, headers and body as they were. The
 * number of a recording is the first part of its paths.
 */
final class RecordedProvider implements AutoCloseable {

    private static final int LONGEST_HEAD = 64 << 10;
    private static final int LONGEST_BODY = 64 << 20;
    private static final int BACKLOG = 50;

    /** Ours, for they belong to a connection; bodies are stored decoded. */
    private static final Set<String> FRAMING =
            Set.of("content-length", "transfer-encoding", "content-encoding", "connection");

    private final ServerSocket listening;
    private final List<Recording> recordings;
    private final Map<Integer, Delivery> deliveries = new ConcurrentHashMap<>();
    private final Map<Integer, String> asked = new ConcurrentHashMap<>();

    /** Listens on any port; recordings are known by their places in the list. */
    RecordedProvider(List<Recording> recordings) throws IOException {
        this.recordings = List.copyOf(recordings);
        this.listening = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("recorded-provider").start(this::listen);
    }

    /** Where a recording is served, without a slash at the end. */
    String base(int number) {
        return "http://127.0.0.1:%d/%d".formatted(listening.getLocalPort(), number);
    }

    /** From now on the recording's stream comes so. */
    void deliver(int number, Delivery delivery) {
        deliveries.put(number, delivery);
    }

    /** The path that the recording was last asked for, decoded; empty if it never was. */
    String asked(int number) {
        return asked.getOrDefault(number, "");
    }

    private void listen() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            int number = request(new BufferedInputStream(socket.getInputStream()));
            answer(
                    new BufferedOutputStream(socket.getOutputStream()),
                    recordings.get(number),
                    deliveries.getOrDefault(number, new Delivery.Events()));
        } catch (IOException | RuntimeException e) {
            // The gateway hung up, or asked for what is not there: it sees a connection that ends.
        }
    }

    /** Reads a whole request; which recording it asks for. */
    private int request(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() > LONGEST_HEAD) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        int length = 0;
        for (String line : head.toString().split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        if (length > LONGEST_BODY) {
            throw new IOException("a request that is too long");
        }
        in.skipNBytes(length);
        String target = head.substring(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
        int slash = target.indexOf('/', 1);
        int number = Integer.parseInt(target.substring(1, slash));
        int query = target.indexOf('?');
        asked.put(
                number,
                URLDecoder.decode(
                        target.substring(slash, query < 0 ? target.length() : query), UTF_8));
        return number;
    }

    private static void answer(OutputStream out, Recording recording, Delivery delivery)
            throws IOException {
        byte[] body = recording.body();
        JsonNode response = recording.response();
        var head = new StringBuilder(512);
        head.append("HTTP/1.1 ").append(response.path("status").asInt()).append(" Recorded\r\n");
        for (Map.Entry<String, JsonNode> header : response.path("headers").properties()) {
            if (!FRAMING.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                head.append(header.getKey()).append(": ");
                head.append(header.getValue().asText().replaceAll("[\r\n]", " ")).append("\r\n");
            }
        }
        head.append("connection: close\r\n");
        head.append(
                recording.isStream()
                        ? "transfer-encoding: chunked\r\n\r\n"
                        : "content-length: %d\r\n\r\n".formatted(body.length));
        out.write(head.toString().getBytes(ISO_8859_1));
        if (recording.isStream()) {
            stream(out, delivery.pieces(body));
        } else {
            out.write(body);
        }
        out.flush();
    }

    private static void stream(OutputStream out, List<byte[]> pieces) throws IOException {
        out.flush();
        for (byte[] piece : pieces) {
            out.write("%x\r\n".formatted(piece.length).getBytes(US_ASCII));
            out.write(piece);
            out.write("\r\n".getBytes(US_ASCII));
            out.flush();
        }
        out.write("0\r\n\r\n".getBytes(US_ASCII));
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
