package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.EmbeddingAnswer.Part;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;

class EmbeddingAnswerTest {

    private static final String THREE =
            """
            {"object":"list","data":[
              {"object":"embedding","index":2,"embedding":[0.30,3e-1]},
              {"index":0,"embedding":"AAA=","extra":{"a":[1]}},
              {"embedding":[2],"index":1}],
             "model":"m","usage":{"prompt_tokens":7,"total_tokens":7,"more":{}},"id":"x"}\
            """;

    @Test
    void givesEachVectorByItself() {
        EmbeddingAnswer answer = read(THREE).orElseThrow();

        assertThat(answer.size()).isEqualTo(3);
        assertThat(answer.promptTokens()).isEqualTo(7);
        assertThat(text(answer.alone(2, 4)))
                .isEqualTo(
                        """
                        {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.30,3e-1]}],
                         "model":"m","usage":{"prompt_tokens":4,"total_tokens":4},"id":"x"}\
                        """);
        assertThat(text(answer.alone(0, 1)))
                .contains("[{\"index\":0,\"embedding\":\"AAA=\",\"extra\":{\"a\":[1]}}]");
    }

    @Test
    void takesVectorsThatAreAllCalledTheFirstInTheOrderThatTheyCameIn() {
        EmbeddingAnswer answer =
                read("{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[2]}]}")
                        .orElseThrow();

        byte[] merged =
                EmbeddingAnswer.of(answer, List.of(new Part(answer, 0, 1), new Part(answer, 1, 1)));

        assertThat(text(merged))
                .isEqualTo(
                        "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[2]}]}");
    }

    @Test
    void putsAnswersTogetherInOrder() {
        EmbeddingAnswer answer = read(THREE).orElseThrow();
        EmbeddingAnswer other =
                read("{\"usage\":{\"total_tokens\":5},\"data\":[{\"embedding\":[9]}]}")
                        .orElseThrow();

        byte[] merged =
                EmbeddingAnswer.of(other, List.of(new Part(answer, 1, 2), new Part(other, 0, 5)));

        assertThat(text(merged))
                .isEqualTo(
                        """
                        {"usage":{"prompt_tokens":7,"total_tokens":7},\
                        "data":[{"embedding":[2],"index":0},{"index":1,"embedding":[9]}]}\
                        """);
    }

    @Test
    void countsAnEmptyElementAsOne() {
        EmbeddingAnswer answer = read("{\"data\":[{}]}").orElseThrow();

        assertThat(text(answer.alone(0, 1))).isEqualTo("{\"data\":[{\"index\":0}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"data\":{}}",
                "{\"data\":[7]}",
                "{\"data\":[{\"index\":0},{\"index\":1},{\"index\":1}]}",
                "{\"data\":[{\"index\":1}]}",
                "{\"data\":[{\"index\":0},{}]}",
                "{\"data\":[{\"index\":0}",
            })
    void readsNothingElse(String body) {
        assertThat(read(body)).isEmpty();
    }

    private static Optional<EmbeddingAnswer> read(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return EmbeddingAnswer.read(bytes, bytes.length);
    }

    private static String text(byte[] body) {
        return new String(body, UTF_8);
    }
}
