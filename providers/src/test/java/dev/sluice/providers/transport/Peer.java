package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server's end of one connection.
 *
 * @param number of the connection, from 1
 */
record Peer(Socket socket, int number) {

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

    /** The next request with its body, or null when the client has closed. */
    @Nullable String request() throws IOException {
        InputStream input = socket.getInputStream();
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            int next = input.read();
            if (next < 0) {
                return null;
            }
            request.append((char) next);
        }
        Matcher length = LENGTH.matcher(request);
        int body = length.find() ? Integer.parseInt(length.group(1)) : 0;
        return request + new String(input.readNBytes(body), ISO_8859_1);
    }

    void send(String text) throws IOException {
        send(text.getBytes(ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** One byte a packet. */
    void drip(String text) throws IOException {
        for (byte b : text.getBytes(ISO_8859_1)) {
            socket.getOutputStream().write(b);
            LockSupport.parkNanos(20_000);
        }
    }

    /** Waits until the client closes, reading and forgetting what it sends. */
    void linger() throws IOException {
        socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    }
}
