package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateResponse;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.moderations.Moderation;
import com.openai.models.moderations.ModerationCreateParams;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;

/** Everything but chats by OpenAI's own clients: who has it answers, who has not is a 400. */
@TestInstance(Lifecycle.PER_CLASS)
class OtherEndpointsClientIT {

    static final List<String> EMBEDDERS =
            List.of("openai", "azure", "groq", "gemini", "vertex", "cohere");
    static final List<String> OPENAIS = List.of("openai", "azure", "groq");

    private static final int SECONDS = 3;
    private static final int TOKENS_OF_SOUND = 30;
    private static final int TOKENS_OF_AN_IMAGE = 1_056;
    private static final byte[] SOUND = new byte[70_000];

    private ProviderHouse house;
    private OpenAIClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        house = ProviderHouse.open(folder);
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(house.url() + "/v1")
                        .apiKey(ProviderHouse.KEY)
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        client.close();
        house.close();
    }

    @ParameterizedTest
    @FieldSource("EMBEDDERS")
    void textsAreEmbeddedInNumbersAndInBase64(String provider) {
        List<Float> numbers = embedded(provider, EmbeddingCreateParams.EncodingFormat.FLOAT);
        List<Float> decoded = embedded(provider, EmbeddingCreateParams.EncodingFormat.BASE64);

        assertThat(numbers).hasSize(256);
        assertThat(decoded).hasSize(256);
        for (int i = 0; i < 256; i++) {
            assertThat(decoded.get(i)).isCloseTo(numbers.get(i), within());
        }
    }

    private static Offset<Float> within() {
        return Offset.offset(1e-6f);
    }

    private List<Float> embedded(String provider, EmbeddingCreateParams.EncodingFormat format) {
        var answer =
                client.embeddings()
                        .create(
                                EmbeddingCreateParams.builder()
                                        .model(provider + "-embed")
                                        .inputOfArrayOfStrings(List.of("one", "two"))
                                        .dimensions(256)
                                        .encodingFormat(format)
                                        .build());
        assertThat(answer.data()).hasSize(2);
        assertThat(answer.usage().promptTokens()).isPositive();
        return answer.data().getLast().embedding();
    }

    @ParameterizedTest
    @FieldSource("OPENAIS")
    void textsAreCompleted(String provider) {
        var answer =
                client.completions()
                        .create(
                                CompletionCreateParams.builder()
                                        .model(provider + "-complete")
                                        .prompt("Where does the river flow?")
                                        .build());

        assertThat(answer.choices().getFirst().text()).isNotEmpty();
        assertThat(answer.usage().orElseThrow().totalTokens()).isPositive();
    }

    @ParameterizedTest
    @FieldSource("OPENAIS")
    void imagesAreMade(String provider) {
        var images =
                client.images()
                        .generate(
                                ImageGenerateParams.builder()
                                        .model(provider + "-image")
                                        .prompt("a river")
                                        .n(2)
                                        .build());

        assertThat(images.data().orElseThrow())
                .hasSize(2)
                .allSatisfy(image -> assertThat(image.b64Json()).isPresent());
        assertThat(images.usage().orElseThrow().outputTokens()).isEqualTo(2 * TOKENS_OF_AN_IMAGE);
    }

    @ParameterizedTest
    @FieldSource("OPENAIS")
    void speechIsSound(String provider) throws Exception {
        try (HttpResponse speech =
                client.audio()
                        .speech()
                        .create(
                                SpeechCreateParams.builder()
                                        .model(provider + "-speak")
                                        .voice("alloy")
                                        .input("Hello there")
                                        .build())) {
            assertThat(speech.headers().values("content-type")).containsExactly("audio/mpeg");
            assertThat(speech.body().readAllBytes()).hasSizeGreaterThan(400);
        }
    }

    @ParameterizedTest
    @FieldSource("OPENAIS")
    void speechIsWrittenDown(String provider) {
        var json = transcribed(provider, AudioResponseFormat.JSON).asTranscription();
        var verbose = transcribed(provider, AudioResponseFormat.VERBOSE_JSON).asVerbose();

        assertThat(json.text()).isNotEmpty().isEqualTo(verbose.text());
        assertThat(json.usage().orElseThrow().asTokens().inputTokens()).isEqualTo(TOKENS_OF_SOUND);
        assertThat(verbose.duration()).isEqualTo(SECONDS);
    }

    private TranscriptionCreateResponse transcribed(String provider, AudioResponseFormat format) {
        return client.audio()
                .transcriptions()
                .create(
                        TranscriptionCreateParams.builder()
                                .model(provider + "-transcribe")
                                .file(SOUND)
                                .responseFormat(format)
                                .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai", "groq"})
    void whatSpeaksOfViolenceIsFlagged(String provider) {
        var judged =
                client.moderations()
                        .create(
                                ModerationCreateParams.builder()
                                        .model(provider + "-moderate")
                                        .inputOfStrings(List.of("a river", "sheer violence"))
                                        .build());

        assertThat(judged.results()).extracting(Moderation::flagged).containsExactly(false, true);
    }

    @ParameterizedTest
    @CsvSource({"anthropic, embed", "bedrock, embed", "anthropic, image", "gemini, image"})
    void whoHasNoSuchEndpointIsA400(String provider, String kind) {
        String model = provider + "-" + kind;

        assertThatThrownBy(
                        () -> {
                            if (kind.equals("embed")) {
                                embedded(provider, EmbeddingCreateParams.EncodingFormat.FLOAT);
                            } else {
                                client.images()
                                        .generate(
                                                ImageGenerateParams.builder()
                                                        .model(model)
                                                        .prompt("a river")
                                                        .build());
                            }
                        })
                .isInstanceOf(BadRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai",
                "azure",
                "groq",
                "gemini",
                "vertex",
                "cohere",
                "anthropic",
                "bedrock"
            })
    void theNodeClientSeesTheSame(String provider) throws Exception {
        Path folder = NodeClient.installed("endpoints.mjs");

        JsonNode seen =
                new ObjectMapper()
                        .readTree(
                                NodeClient.run(
                                        folder,
                                        "endpoints.mjs",
                                        house.url() + "/v1",
                                        ProviderHouse.KEY,
                                        provider));

        boolean isOpenAi = OPENAIS.contains(provider);
        assertServed(seen.path("embed"), EMBEDDERS.contains(provider), "same", "tokens");
        assertServed(seen.path("complete"), isOpenAi, "same", "usage");
        assertServed(seen.path("image"), isOpenAi, "images", "tokens");
        assertServed(seen.path("speak"), isOpenAi, "type", "bytes");
        assertServed(seen.path("transcribe"), isOpenAi, "same", "tokens");
        assertServed(seen.path("moderate"), isOpenAi && !provider.equals("azure"), "flagged");
        if (isOpenAi) {
            assertThat(seen.at("/image/images").asInt()).isEqualTo(2);
            assertThat(seen.at("/transcribe/duration").asInt()).isEqualTo(SECONDS);
            assertThat(seen.at("/transcribe/tokens").asInt()).isEqualTo(TOKENS_OF_SOUND);
        }
    }

    private static void assertServed(JsonNode seen, boolean isServed, String... truths) {
        if (!isServed) {
            assertThat(seen.asText()).isEqualTo("refused 400");
            return;
        }
        for (String truth : truths) {
            JsonNode value = seen.path(truth);
            boolean holds =
                    value.isBoolean()
                            ? value.asBoolean()
                            : value.isArray() ? !value.isEmpty() : !value.asText("0").equals("0");
            assertThat(holds).as("%s of %s", truth, seen).isTrue();
        }
    }
}
