package dev.sluice.ingress.books;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A provider that sends what it is told to, byte by byte, and hangs up. */
final class ScriptedProvider implements AutoCloseable {

    static final String USAGE = "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}";
    private static final String ROLE_AND_TEXT =
            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]";

    private static final int TLS_HANDSHAKE = 0x16;

    private final ServerSocket listening;
    private final Map<String, Script> scripts;
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** What it does when asked for the n-th time, from 1. */
    @FunctionalInterface
    interface Script {
        void play(Line line, int ask) throws IOException, InterruptedException;
    }

    ScriptedProvider(Map<String, Script> scripts) throws IOException {
        this.scripts = Map.copyOf(scripts);
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::listen);
    }

    int port() {
        return listening.getLocalPort();
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
            Line line;
            do {
                String name = request(socket.getInputStream());
                Script script = scripts.get(name);
                line = new Line(socket.getOutputStream());
                if (script == null) {
                    line.plain(400, "{}");
                } else {
                    script.play(line, asked.merge(name, 1, Integer::sum));
                }
            } while (line.isKept);
        } catch (IOException | InterruptedException e) {
            // The gateway hung up, or the test is over.
        }
    }

    /** Reads a whole request; the first part of its path. */
    private static String request(InputStream in) throws IOException {
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
        String lengthName = "content-length:";
        int at = text.toLowerCase(Locale.ROOT).indexOf(lengthName) + lengthName.length();
        in.readNBytes(Integer.parseInt(text.substring(at, text.indexOf('\r', at)).strip()));
        return text.split("/", 3)[1];
    }

    /** What it says to the gateway. */
    final class Line {

        private final OutputStream out;
        private boolean isKept;

        Line(OutputStream out) {
            this.out = out;
        }

        /** Answers, and waits for another request on this connection. */
        void plainAndStay(String body) throws IOException {
            isKept = true;
            raw(
                    "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(body.length(), body));
        }

        void raw(String text) throws IOException {
            out.write(text.getBytes(UTF_8));
            out.flush();
        }

        void plain(int status, String body) throws IOException {
            plainHead(status, body.length());
            raw(body);
        }

        void plainHead(int status, long length) throws IOException {
            raw(
                    "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                            .formatted(status, length));
        }

        void failAndAskToWait(int seconds) throws IOException {
            raw(
                    "HTTP/1.1 500 X\r\nConnection: close\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"
                            .formatted(seconds));
        }

        void streamHead() throws IOException {
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

        void chunk(String text) throws IOException {
            raw("%x\r\n%s\r\n".formatted(text.length(), text));
        }

        void event(String json) throws IOException {
            chunk("data: " + json + "\n\n");
        }

        void words(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                event("{\"id\":\"chatcmpl-1\"," + ROLE_AND_TEXT + "}");
            }
        }

        void usage() throws IOException {
            event("{\"id\":\"chatcmpl-1\",\"choices\":[]," + USAGE + "}");
        }

        void end() throws IOException {
            raw("0\r\n\r\n");
        }

        void done() throws IOException {
            event("[DONE]");
            end();
        }

        /** Says nothing more, until the test is over. */
        void silence() throws InterruptedException {
            closing.await(30, TimeUnit.SECONDS);
        }

        /** Waits a moment; true unless the test is over. */
        boolean pause(long millis) throws InterruptedException {
            return !closing.await(millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        listening.close();
    }
}
