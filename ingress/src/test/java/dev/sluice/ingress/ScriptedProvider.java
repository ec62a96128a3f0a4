package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * A provider, or a proxy before one, that does what the path of each call says: answers, or falls
 * silent at a certain point.
 */
final class ScriptedProvider implements AutoCloseable {

    private static final String ANSWER =
            """
            {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
            "message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\
            """;
    private static final String CHUNK =
            """
            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
            "choices":[{"index":0,"delta":{"content":"hi"}}]}

            """;
    private static final String SPENT =
            """
            x-ratelimit-limit-requests: 60\r
            x-ratelimit-remaining-requests: 0\r
            x-ratelimit-reset-requests: 10m0s\r
            """;
    private static final String STREAM =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final ServerSocket server;
    private final Queue<String> heads = new ConcurrentLinkedQueue<>();
    private final CountDownLatch released = new CountDownLatch(1);

    ScriptedProvider() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Where it listens. */
    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The heads of the requests so far. */
    Queue<String> heads() {
        return heads;
    }

    /** Lets the calls go that are held. */
    void release() {
        released.countDown();
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
                heads.add(head);
                in.readNBytes(contentLength(head));
                if (!answer(socket, head)) {
                    in.transferTo(java.io.OutputStream.nullOutputStream());
                }
            }
        } catch (IOException | InterruptedException e) {
            // The gateway left.
        }
    }

    /** False for a provider that is silent from now on. */
    private boolean answer(Socket socket, String head) throws IOException, InterruptedException {
        String path = head.split(" ", 3)[1];
        if (path.contains("/silent/")) {
            return false;
        }
        if (path.contains("/headonly/")) {
            send(socket, STREAM);
            return false;
        }
        if (path.contains("/onechunk/")) {
            send(socket, STREAM + chunked(CHUNK));
            return false;
        }
        if (path.contains("/held/")) {
            released.await();
        }
        send(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
                        .formatted(
                                path.contains("/spent/") ? SPENT : "",
                                ANSWER.getBytes(UTF_8).length,
                                ANSWER));
        return true;
    }

    private static String chunked(String text) {
        return "%x\r\n%s\r\n".formatted(text.getBytes(UTF_8).length, text);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append(new String(new byte[] {(byte) next}, ISO_8859_1));
        }
        return head.toString();
    }

    private static int contentLength(String head) {
        String name = "content-length: ";
        int at = head.toLowerCase(Locale.ROOT).indexOf(name);
        return at < 0
                ? 0
                : Integer.parseInt(
                        head.substring(at + name.length(), head.indexOf("\r\n", at)).strip());
    }

    @Override
    public void close() {
        released.countDown();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
