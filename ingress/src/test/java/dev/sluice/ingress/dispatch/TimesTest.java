package dev.sluice.ingress.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.schemas.events.SpendEvent.Status;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;

/** What an attempt is given of the times in the config and in the call. */
class TimesTest {

    private static final String MODELS =
            """
            model_list:
              - model_name: plain
                litellm_params: {model: openai/m, api_base: "http://any.test/v1", api_key: k}
              - model_name: own
                litellm_params: {model: openai/m, api_base: "http://any.test/v1", api_key: k, timeout: "30.0", stream_timeout: 20}
              - model_name: nothing
                litellm_params: {model: openai/m, api_base: "http://any.test/v1", api_key: k, timeout: 0, stream_timeout: 0}
              - model_name: endless
                litellm_params: {model: openai/m, api_base: "http://any.test/v1", api_key: k, timeout: 1e9}
            router_settings: {timeout: 1e6, stream_timeout: 50}
            """;
    private static final Duration NEARLY = Duration.ofSeconds(1);

    @TempDir private Path folder;

    private DispatchUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new DispatchUnderTest(folder, MODELS);
        gateway.let("any", DispatchUnderTest::stream);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    @ParameterizedTest
    @CsvSource({
        "plain, false, '', 86400, 86400",
        "plain, true, '', 86400, 50",
        "own, false, '', 30, 30",
        "own, true, '', 30, 20",
        "nothing, false, '', 86400, 86400",
        "nothing, true, '', 86400, 50",
        "endless, false, '', 86400, 86400",
        "own, false, '`timeout`:40,', 40, 40",
        "own, true, '`timeout`:40,', 40, 20",
        "own, true, '`timeout`:`5`,', 5, 5",
        "own, true, '`stream_timeout`:25,', 30, 25",
        "own, true, '`stream_timeout`:35,', 30, 30",
        "own, false, '`stream_timeout`:5,', 30, 30"
    })
    void anAttemptHasTheTimesOfWhoKnowsBest(
            String model, boolean stream, String fields, long total, long firstByte) {
        Dispatch answer = gateway.new Call(model, stream, fields.replace('`', '"')).dispatch();

        Deadlines given = gateway.deadlines();
        assertThat(given.total()).isCloseTo(Duration.ofSeconds(total), NEARLY);
        assertThat(given.firstByte()).isCloseTo(Duration.ofSeconds(firstByte), NEARLY);
        if (answer instanceof Dispatch.Stream(OpenAttempt attempt, _, _, _)) {
            attempt.estimated(1, null, Status.SUCCESS, null);
        }
    }
}
