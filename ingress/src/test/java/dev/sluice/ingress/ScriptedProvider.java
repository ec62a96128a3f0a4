package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A provider, or a proxy before one, that sends what it is told to, byte by byte. What it is told
 * goes by the first part of the path.
 */
public final class ScriptedProvider implements AutoCloseable {

    /** What its answers say of tokens. */
    public static final String USAGE = "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}";

    private static final String ROLE_AND_TEXT =
            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]";

    private static final int TLS_HANDSHAKE = 0x16;

    private final ServerSocket listening;
    private final Map<String, Script> scripts;
    private final Script otherwise;
    private final Queue<String> heads = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** What it does when asked for the n-th time, from 1. */
    @FunctionalInterface
    public interface Script {

        /** Answers one request. */
        void play(Line line, int ask) throws IOException, InterruptedException;
    }

    /** Whose name is in no script gets a 400. */
    public ScriptedProvider(Map<String, Script> scripts) throws IOException {
        this(scripts, (line, _) -> line.plain(400, "{}"));
    }

    /** The same, where all others get something else. */
    public ScriptedProvider(Map<String, Script> scripts, Script otherwise) throws IOException {
        this.otherwise = otherwise;
        this.scripts = Map.copyOf(scripts);
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::listen);
    }

    /** Where it listens, on loopback. */
    public int port() {
        return listening.getLocalPort();
    }

    /** The same as a URL. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The heads of the requests so far. */
    public Queue<String> heads() {
        return heads;
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
            Line line;
            do {
                String name = request(socket.getInputStream());
                line = new Line(socket.getOutputStream());
                scripts.getOrDefault(name, otherwise)
                        .play(line, asked.merge(name, 1, Integer::sum));
            } while (line.isKept);
        } catch (IOException | InterruptedException e) {
            // The gateway hung up, or the test is over.
        }
    }

    /** Reads a whole request; the first part of its path. */
    private String request(InputStream in) throws IOException {
        var head = new StringBuilder();
        int first = in.read();
        if (first == TLS_HANDSHAKE) {
            return "";
        }
        head.append((char) first);
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        String text = head.toString();
        heads.add(text);
        in.readNBytes(contentLength(text));
        return text.split("/", 3)[1];
    }

    private static int contentLength(String head) {
        String name = "content-length:";
        int at = head.toLowerCase(Locale.ROOT).indexOf(name);
        return at < 0
                ? 0
                : Integer.parseInt(
                        head.substring(at + name.length(), head.indexOf("\r\n", at)).strip());
    }

    /** What it says to the gateway. */
    public final class Line {

        private final OutputStream out;
        private boolean isKept;

        Line(OutputStream out) {
            this.out = out;
        }

        /** Answers, and waits for another request on this connection. */
        public void plainAndStay(String body) throws IOException {
            plainAndStay("", body);
        }

        /** The same with lines of the head that each have their end. */
        public void plainAndStay(String headers, String body) throws IOException {
            isKept = true;
            raw(
                    "HTTP/1.1 200 X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
                            .formatted(headers, body.length(), body));
        }

        /** Exactly this. */
        public void raw(String text) throws IOException {
            out.write(text.getBytes(UTF_8));
            out.flush();
        }

        /** A whole answer, and the end. */
        public void plain(int status, String body) throws IOException {
            plainHead(status, body.length());
            raw(body);
        }

        /** Its head only. */
        public void plainHead(int status, long length) throws IOException {
            raw(
                    "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                            .formatted(status, length));
        }

        /** A 500 with a Retry-After. */
        public void failAndAskToWait(int seconds) throws IOException {
            raw(
                    "HTTP/1.1 500 X\r\nConnection: close\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"
                            .formatted(seconds));
        }

        /** The head of a stream. */
        public void streamHead() throws IOException {
            raw(
                    String.join(
                            "\r\n",
                            "HTTP/1.1 200 OK",
                            "Connection: close",
                            "Content-Type: text/event-stream",
                            "Transfer-Encoding: chunked",
                            "",
                            ""));
        }

        /** A chunk of it. */
        public void chunk(String text) throws IOException {
            raw("%x\r\n%s\r\n".formatted(text.length(), text));
        }

        /** An event in a chunk. */
        public void event(String json) throws IOException {
            chunk("data: " + json + "\n\n");
        }

        /** So many events with a word. */
        public void words(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                event("{\"id\":\"chatcmpl-1\"," + ROLE_AND_TEXT + "}");
            }
        }

        /** The event with the usage. */
        public void usage() throws IOException {
            event("{\"id\":\"chatcmpl-1\",\"choices\":[]," + USAGE + "}");
        }

        /** The last chunk. */
        public void end() throws IOException {
            raw("0\r\n\r\n");
        }

        /** What ends a chat, and the last chunk. */
        public void done() throws IOException {
            event("[DONE]");
            end();
        }

        /** Says nothing more, until the test is over. */
        public void silence() throws InterruptedException {
            closing.await(30, TimeUnit.SECONDS);
        }

        /** Waits a moment; true unless the test is over. */
        public boolean pause(long millis) throws InterruptedException {
            return !closing.await(millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        listening.close();
    }
}
