package dev.sluice.providers.transport;

import java.io.IOException;
import java.util.Map;

/** Writes a request: head and body through one buffer, so that a small request is one packet. */
final class RequestWriter {

    private static final byte[] LINE_END = {'\r', '\n'};

    private final Connection connection;
    private final long idleNanos;
    private final byte[] buffer;
    private int used;

    RequestWriter(Connection connection, long idleNanos) {
        this.connection = connection;
        this.idleNanos = idleNanos;
        this.buffer = connection.input().idleArray();
    }

    /**
     * Sends the whole request.
     *
     * @param access whether a proxy must be told where it goes
     */
    void write(UpstreamRequest request, ProxyAccess access) throws IOException {
        text(request.method());
        bytes(access.absoluteForm() ? request.target().throughProxy() : request.target().direct());
        for (Map.Entry<String, String> header : request.extraHeaders()) {
            line(header.getKey(), header.getValue());
        }
        String authorization = access.authorization();
        if (access.absoluteForm() && authorization != null) {
            line("Proxy-Authorization", authorization);
        }
        if (!request.body().isEmpty() || expectsBody(request.method())) {
            line("Content-Length", Long.toString(request.bodyLength()));
        }
        bytes(LINE_END);
        for (Slice slice : request.body()) {
            bytes(slice.array(), slice.offset(), slice.length());
        }
        flush();
    }

    private static boolean expectsBody(String method) {
        return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    }

    private void line(String name, String value) throws IOException {
        text(name);
        text(": ");
        text(value);
        bytes(LINE_END);
    }

    /** Latin-1, which the header rules made sure of. */
    private void text(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            if (used == buffer.length) {
                flush();
            }
            buffer[used++] = (byte) text.charAt(i);
        }
    }

    private void bytes(byte[] from) throws IOException {
        bytes(from, 0, from.length);
    }

    private void bytes(byte[] from, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (used == buffer.length) {
                flush();
            }
            int count = Math.min(length - done, buffer.length - used);
            System.arraycopy(from, offset + done, buffer, used, count);
            used += count;
            done += count;
        }
    }

    private void flush() throws IOException {
        connection.send(buffer, 0, used, Monotonic.now() + idleNanos);
        used = 0;
    }
}
