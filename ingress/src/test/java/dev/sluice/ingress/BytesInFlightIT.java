package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/** What a body takes of the bytes in flight, and that it gives all of it back. */
final class BytesInFlightIT {

    private static final int BOUND = 100_000;

    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start(@TempDir Path data) {
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data, "sluice: {http: {max_bytes_in_flight: %d}}\n".formatted(BOUND));
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
    }

    @Test
    void aBodyThatPassesCountsOnce() {
        assertThat(call("/v1/chat/completions", BOUND * 9 / 10).statusCode()).isEqualTo(200);
        assertThat(call("/v1/chat/completions", BOUND).statusCode()).isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/v1/responses", "/v1/messages/count_tokens"})
    void aBodyCountsWithItsTranslation(String path) {
        HttpResponse<String> tooMuch = call(path, BOUND * 6 / 10);

        assertThat(tooMuch.statusCode()).isEqualTo(429);
        assertThat(tooMuch.body()).contains("rate_limit_error", "as many bytes of requests");
        // Whatever was taken is given back: by calls that were served, and by those that were not.
        for (int i = 0; i < 5; i++) {
            assertThat(call(path, BOUND * 4 / 10).statusCode()).isEqualTo(200);
            assertThat(call(path, BOUND * 6 / 10).statusCode()).isEqualTo(429);
        }
        assertThat(call("/v1/chat/completions", BOUND * 9 / 10).statusCode()).isEqualTo(200);
    }

    /** He is still sending when he is refused, and must not find his connection reset. */
    @Test
    void aCallerWhoSendsMoreThanIsHeldSeesWhy() {
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> tooMuch = call("/v1/chat/completions", 60 * BOUND);

            assertThat(tooMuch.statusCode()).isEqualTo(429);
            assertThat(tooMuch.body()).contains("as many bytes of requests");
        }
    }

    /** A call whose prompt has as many bytes. */
    private static HttpResponse<String> call(String path, int bytes) {
        String prompt = "a ".repeat(bytes / 2);
        String input =
                path.endsWith("/responses")
                        ? "\"input\":\"%s\"".formatted(prompt)
                        : "\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]".formatted(prompt);
        String bound = path.endsWith("/responses") ? "max_output_tokens" : "max_tokens";
        return gateway.post(path, "{\"model\":\"single\",\"%s\":5,%s}".formatted(bound, input));
    }
}
