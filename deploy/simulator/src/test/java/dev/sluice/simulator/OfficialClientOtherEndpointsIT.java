package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.List;

/** OpenAI's own Java client understands the answers of its other endpoints. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OfficialClientOtherEndpointsIT {

    private final Simulator simulator =
            new Simulator(SimulatorSettings.defaults("127.0.0.1", 0).withProfile("instant"));
    private Client ledger;
    private OpenAIClient openAi;

    /** A tool. */
    public static final class Weather {
        public String city = "";
    }

    @BeforeAll
    void start() {
        simulator.start();
        ledger = Client.of(simulator);
        openAi =
                OpenAIOkHttpClient.builder()
                        .baseUrl(simulator.uri() + "/v1")
                        .apiKey("sk-any")
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        openAi.close();
        simulator.close();
    }

    private static ResponseCreateParams.Builder question() {
        return ResponseCreateParams.builder().model("gpt-4o").input("Where does the river flow?");
    }

    @Test
    void aStreamedResponseIsThePlainOne() {
        Response plain = openAi.responses().create(question().build());
        var streamed = ResponseAccumulator.create();
        try (var events = openAi.responses().createStreaming(question().build())) {
            events.stream().forEach(streamed::accumulate);
        }

        assertThat(text(plain)).isNotEmpty().isEqualTo(text(streamed.response()));
        assertThat(plain.usage().orElseThrow().outputTokens())
                .isPositive()
                .isEqualTo(streamed.response().usage().orElseThrow().outputTokens())
                .isEqualTo(ledger.lastAttempt().get("output_tokens").longValue());
    }

    private static String text(Response response) {
        return response.output().stream()
                .flatMap(item -> item.message().stream())
                .map(message -> message.content().getFirst().asOutputText().text())
                .reduce("", String::concat);
    }

    @Test
    void aResponseCallsTools() {
        Response response = openAi.responses().create(question().addTool(Weather.class).build());

        assertThat(response.output())
                .singleElement()
                .satisfies(item ->
                        assertThat(item.asFunctionCall().arguments(Weather.class).city)
                                .isNotEmpty());
    }

    @Test
    void imagesAreMadeAndTheirTokensBilled() {
        ImagesResponse images =
                openAi.images()
                        .generate(
                                ImageGenerateParams.builder()
                                        .model("gpt-image-1")
                                        .prompt("a river")
                                        .n(2)
                                        .build());

        assertThat(images.data().orElseThrow())
                .hasSize(2)
                .allSatisfy(image -> assertThat(image.b64Json()).isPresent());
        assertThat(images.usage().orElseThrow().outputTokens())
                .isEqualTo(ledger.lastAttempt().get("output_tokens").longValue())
                .isEqualTo(2 * 1056);
    }

    @Test
    void speechIsBytesOfSound() throws Exception {
        try (HttpResponse speech =
                openAi.audio()
                        .speech()
                        .create(
                                SpeechCreateParams.builder()
                                        .model("tts-1")
                                        .voice("alloy")
                                        .input("Hello there")
                                        .build())) {
            assertThat(speech.headers().values("content-type")).containsExactly("audio/mpeg");
            assertThat(speech.body().readAllBytes()).hasSizeGreaterThan(400);
        }
    }

    @Test
    void speechIsWrittenDown() {
        var written =
                openAi.audio()
                        .transcriptions()
                        .create(
                                TranscriptionCreateParams.builder()
                                        .model("gpt-4o-transcribe")
                                        .file(new byte[70_000])
                                        .build());

        assertThat(written.asTranscription().text()).isNotEmpty();
        assertThat(ledger.lastAttempt().get("input_tokens").longValue()).isEqualTo(30);
    }

    @Test
    void whatSpeaksOfViolenceIsFlagged() {
        var judged =
                openAi.moderations()
                        .create(
                                ModerationCreateParams.builder()
                                        .inputOfStrings(List.of("a river", "sheer violence"))
                                        .build());

        assertThat(judged.results()).extracting(one -> one.flagged()).containsExactly(false, true);
        assertThat(ledger.lastAttempt().get("cost_pico").longValue()).isZero();
    }
}
