package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.ingress.errors.ApiError;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Set;

/**
 * Takes the connections that the server's HTTP/1.1 does not: other versions, and what is no HTTP at
 * all. The server would close them without a word; a client can do something with an answer.
 */
final class ForeignProtocolSelector implements ServerConnectionSelector {

    private static final byte[] ANSWER = answer();

    private static byte[] answer() {
        byte[] body = ApiError.invalidRequest("The request is not HTTP/1.1.", null).body();
        String head =
                """
                HTTP/1.1 400 Bad Request
                Content-Type: application/json
                Connection: close
                Content-Length: %d

                """
                        .formatted(body.length)
                        .replace("\n", "\r\n");
        var answer = new ByteArrayOutputStream();
        answer.writeBytes(head.getBytes(US_ASCII));
        answer.writeBytes(body);
        return answer.toByteArray();
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    /** Only a whole line that does not end in our protocol is foreign; less may still become it. */
    @Override
    public Support supports(BufferData request) {
        int end = request.indexOf((byte) '\n');
        if (end < 0) {
            return Support.UNSUPPORTED;
        }
        return request.readString(end).endsWith("HTTP/1.1\r")
                ? Support.UNSUPPORTED
                : Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Refusal(context);
    }

    private record Refusal(ConnectionContext context) implements ServerConnection {

        @Override
        public void handle(Limit limit) {
            context.dataWriter().writeNow(BufferData.create(ANSWER));
            throw new CloseConnectionException("not HTTP/1.1");
        }

        @Override
        public Duration idleTime() {
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {
            // It ends by itself as soon as it is handled.
        }
    }
}
