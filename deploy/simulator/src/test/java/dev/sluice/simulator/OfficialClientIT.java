package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** OpenAI's own Java client understands every answer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OfficialClientIT {

    private static final String LIMITED_KEY = "sk-limited";

    private final Simulator simulator =
            new Simulator(SimulatorSettings.defaults("127.0.0.1", 0).withProfile("instant"));
    private OpenAIClient openAi;

    @BeforeAll
    void start() {
        simulator.start();
        openAi = client("sk-any");
    }

    @AfterAll
    void stop() {
        openAi.close();
        simulator.close();
    }

    @Test
    void chats() {
        ChatCompletion answer = openAi.chat().completions().create(chat().n(2).build());
        answer.validate();

        assertThat(answer.choices()).hasSize(2);
        assertThat(answer.choices().getFirst().message().content()).isNotEmpty();
        assertThat(answer.choices().getFirst().finishReason())
                .isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(10);
    }

    @Test
    void streamsAChatWithUsage() {
        ChatCompletion plain = openAi.chat().completions().create(chat().build());
        ChatCompletionCreateParams withUsage =
                chat().streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();

        try (StreamResponse<ChatCompletionChunk> chunks =
                openAi.chat().completions().createStreaming(withUsage)) {
            chunks.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
        }

        ChatCompletion streamed = accumulator.chatCompletion();
        assertThat(streamed.choices().getFirst().message().content())
                .isEqualTo(plain.choices().getFirst().message().content());
        assertThat(streamed.usage().orElseThrow().totalTokens())
                .isEqualTo(plain.usage().orElseThrow().totalTokens());
    }

    @Test
    void completes() {
        Completion answer =
                openAi.completions()
                        .create(
                                CompletionCreateParams.builder()
                                        .model("gpt-3.5-turbo-instruct")
                                        .prompt("once upon")
                                        .build());
        answer.validate();

        assertThat(answer.choices().getFirst().text()).isNotEmpty();
    }

    @Test
    void embeds() {
        CreateEmbeddingResponse answer =
                openAi.embeddings()
                        .create(
                                EmbeddingCreateParams.builder()
                                        .model("text-embedding-3-small")
                                        .input("hello")
                                        .build());
        answer.validate();

        assertThat(answer.data().getFirst().embedding()).hasSize(1536);
        assertThat(answer.usage().promptTokens()).isEqualTo(2);
    }

    @Test
    void listsModels() {
        assertThat(openAi.models().list().data()).anyMatch(model -> model.id().equals("gpt-4o"));
        assertThat(openAi.models().retrieve("gpt-4o").validate().id()).isEqualTo("gpt-4o");
    }

    @Test
    void understandsAnError() {
        Client.of(simulator)
                .scenario("{\"match\":{\"key\":\"" + LIMITED_KEY + "\"},\"status\":429}");
        OpenAIClient limited = client(LIMITED_KEY);

        assertThatThrownBy(() -> limited.chat().completions().create(chat().build()))
                .isInstanceOfSatisfying(
                        RateLimitException.class,
                        e -> assertThat(e.code()).hasValue("rate_limit_exceeded"));
        limited.close();
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(simulator.uri() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model("gpt-4o")
                .addUserMessage("hello")
                .maxCompletionTokens(5);
    }
}
