package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.transport.UpstreamResponse;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

/** What each protocol makes of errors, streams that are cut, and usage that is not told. */
class ProviderWireFaultsIT extends ProviderWires {

    @ParameterizedTest
    @EnumSource
    void anErrorComesInTheProvidersWordsAndKeepsItsStatus(Wire wire) throws Exception {
        for (int status : new int[] {400, 401, 404, 429, 500, 503}) {
            scenario("{\"fault\":{\"status\":%d,\"retry_after\":7}}".formatted(status));
            Preparation.Ready ready =
                    prepared(own(wire), Endpoint.CHAT_COMPLETIONS, body(SAID, false));
            try (UpstreamResponse response = send(ready)) {
                ProviderFailure failure =
                        ready.translation()
                                .failure(
                                        response.status(),
                                        response::header,
                                        response.readAll(1 << 20));

                boolean isDenied = wire == Wire.BEDROCK && status == 401;
                assertThat(failure.status()).isEqualTo(isDenied ? 403 : status);
                assertThat(new String(failure.body(), UTF_8)).contains("Simulated error " + status);
            }
        }
        clearScenarios();
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatIsCutEndsInAnException(Wire wire) throws Exception {
        scenario("{\"fault\":{\"cut_after_bytes\":700}}");
        String body = body(SAID, true);

        assertThatThrownBy(() -> chat(own(wire), body, true)).isInstanceOf(IOException.class);

        clearScenarios();
        assertThat(lastAttempt().path("fault").asText()).isEqualTo("cut");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AZURE")
    void anEventThatCannotBeReadBecomesAnError(Wire wire) throws Exception {
        scenario("{\"fault\":{\"malformed_sse\":true}}");
        String body = body(SAID.formatted(wire), true);
        Preparation.Ready ready = prepared(own(wire), Endpoint.CHAT_COMPLETIONS, body);
        try (UpstreamResponse response = send(ready)) {
            assertThat(all(ready.translation().stream(response::read)))
                    .contains("\"error\"")
                    .doesNotContain("[DONE]");
        }

        clearScenarios();
    }

    @ParameterizedTest
    @EnumSource
    void usageThatIsNotToldIsNotMadeUp(Wire wire) throws Exception {
        scenario("{\"fault\":{\"no_usage\":true}}");
        Preparation.Ready ready =
                prepared(own(wire), Endpoint.CHAT_COMPLETIONS, body(SAID.formatted(wire), false));
        try (UpstreamResponse response = send(ready)) {
            byte[] answer = ready.translation().answer(response.readAll(1 << 20));
            assertThat(JSON.readTree(answer).path("usage").isObject()).isFalse();
        }

        clearScenarios();
        assertThat(lastAttempt().path("output_tokens").asLong()).isPositive();
    }
}
