package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A caller's next call never meets his last one: what a call held is free again before he can see
 * the end of its answer. Calls one after the other, each on another connection, sent at the very
 * byte that ends the answer before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SettledAnswersIT {

    private static final int CALLS = 200;
    private static final int CONNECTIONS = 4;
    private static final String LAST_EVENT = "data: [DONE]";
    private static final String FRESH =
            "\"messages\":[{\"role\":\"user\",\"content\":\"call %d\"}]";
    private static final String SAME = "\"messages\":[{\"role\":\"user\",\"content\":\"same\"}]";
    private static final String STREAM = ",\"stream\":true";

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.with(data, "litellm_settings: {cache: true}\n", null);
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
    }

    @BeforeEach
    void calm() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @Test
    void aPlainCallLeavesRoomForTheNextBeforeItsAnswerEnds() throws Exception {
        oneAtATime("sk-plain");

        assertThat(statuses("sk-plain", FRESH, null)).containsOnly("200");
    }

    @Test
    void aStreamLeavesRoomForTheNextBeforeItsLastEvent() throws Exception {
        oneAtATime("sk-stream");

        assertThat(statuses("sk-stream", FRESH + STREAM, LAST_EVENT)).containsOnly("200");
    }

    @Test
    void aHitOfTheCacheDoesSoInEveryForm() throws Exception {
        oneAtATime("sk-hit");
        oneAtATime("sk-hit-stream");

        assertThat(statuses("sk-hit", SAME, null)).containsOnly("200");
        // The plain answer given as a stream, and a stream given again.
        assertThat(statuses("sk-hit", SAME + STREAM, LAST_EVENT)).containsOnly("200");
        assertThat(statuses("sk-hit-stream", SAME + STREAM, LAST_EVENT)).containsOnly("200");
    }

    @Test
    void aFailureDoesSoToo() throws Exception {
        gateway.scenario("{\"match\": {}, \"fault\": {\"status\": 422}}");
        oneAtATime("sk-failure");

        assertThat(statuses("sk-failure", FRESH, null)).containsOnly("422");
    }

    @Test
    void aBudgetWithRoomForOneCallMoreAdmitsIt() throws Exception {
        // A failed call costs nothing, but reserves as any other. The smallest budget lets calls
        // in one after the other, and none while another holds anything.
        gateway.scenario("{\"match\": {}, \"fault\": {\"status\": 422}}");
        gateway.apply(key("sk-budget").limits(limits(1L, null)).build());

        assertThat(statuses("sk-budget", FRESH, null)).containsOnly("422");
    }

    private void oneAtATime(String secret) {
        gateway.apply(key(secret).limits(limits(null, 1L)).build());
    }

    private static Limits limits(@Nullable Long budgetPico, @Nullable Long parallel) {
        return new Limits(
                budgetPico, null, null, null, null, null, parallel, Map.of(), Map.of(), Map.of());
    }

    private List<String> statuses(String secret, String members, @Nullable String end)
            throws IOException {
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new Connection());
            }
            List<String> statuses = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                statuses.add(
                        connections.get(i % CONNECTIONS).call(secret, members.formatted(i), end));
            }
            return statuses;
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    /** One connection, read byte by byte: nobody here waits for more than the test asks for. */
    private final class Connection implements AutoCloseable {

        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        private final InputStream in = socket.getInputStream();
        private boolean isInStream;

        Connection() throws IOException {
            socket.setTcpNoDelay(true);
        }

        /**
         * Calls, and returns the status as soon as the answer's end can be seen.
         *
         * @param end the end of a stream; null for a plain answer, which ends with its last byte
         */
        String call(String secret, String members, @Nullable String end) throws IOException {
            if (isInStream) {
                readTo("0\r\n\r\n");
            }
            String body = "{\"model\":\"single\"," + members + "}";
            String head =
                    """
                    POST /v1/chat/completions HTTP/1.1\r
                    Host: gateway\r
                    Authorization: Bearer %s\r
                    Content-Type: application/json\r
                    Content-Length: %d\r
                    \r
                    """
                            .formatted(secret, body.length());
            socket.getOutputStream().write((head + body).getBytes(UTF_8));
            String answer = readTo("\r\n\r\n");
            String status = answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
            isInStream = end != null && status.equals("200");
            if (isInStream && end != null) {
                readTo(end);
            } else {
                int at = answer.indexOf("Content-Length: ") + "Content-Length: ".length();
                in.readNBytes(Integer.parseInt(answer.substring(at, answer.indexOf('\r', at))));
            }
            return status;
        }

        private String readTo(String end) throws IOException {
            var read = new StringBuilder();
            while (read.indexOf(end, Math.max(0, read.length() - end.length())) < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException("closed after: " + read);
                }
                read.append((char) next);
            }
            return read.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
