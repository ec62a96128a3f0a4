package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.http.HttpResponse;
import java.nio.file.Path;

/**
 * However the network cuts a provider's stream, its caller reads the same. Every place is tried
 * alone where readers differ (lines, lines that end with CRLF, binary frames); the others are cut
 * everywhere at once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CutStreamsIT {

    private static final String MODELS =
            """
              - {model_name: openai, litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/v1, api_key: k}}
              - {model_name: kept, litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/v1, api_key: k}, model_info: {mode: responses}}
              - {model_name: claude, litellm_params: {model: anthropic/claude-sonnet-4-5, api_base: PROVIDER, api_key: k}}
              - {model_name: gemini, litellm_params: {model: gemini/gemini-2.5-flash, api_base: PROVIDER/v1beta, api_key: k}}
              - {model_name: bedrock, litellm_params: {model: bedrock/amazon.nova-pro-v1:0, aws_bedrock_runtime_endpoint: PROVIDER, aws_access_key_id: k, aws_secret_access_key: s, aws_region_name: eu-west-1}}
              - {model_name: command, litellm_params: {model: cohere/command-a-03-2025, api_base: PROVIDER, api_key: k}}
            """;
    private static final String TEXT = "Gr\u00fc\u00dfe \ud83d\ude42";

    private CutStreams provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        provider = new CutStreams();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data, MODELS.replace("PROVIDER", provider.url()));
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
    }

    @ParameterizedTest
    @CsvSource({
        "openai, /v1/messages, /chat/completions",
        "openai, /v1/responses, /chat/completions",
        "kept, /v1/responses, /responses",
        "gemini, /v1/responses, :streamGenerateContent",
        "bedrock, /v1/messages, /converse-stream"
    })
    void aCutAtAnyByteIsNotSeen(String model, String door, String providersPath) {
        String whole = whole(model, door);

        for (int cut = 1; cut < CutStreams.length(providersPath); cut++) {
            provider.cutAt(cut);
            assertThat(streamed(model, door)).as("cut after %d bytes", cut).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "openai, /v1/chat/completions",
        "openai, /v1/messages",
        "openai, /v1/responses",
        "kept, /v1/chat/completions",
        "kept, /v1/responses",
        "claude, /v1/chat/completions",
        "claude, /v1/messages",
        "claude, /v1/responses",
        "gemini, /v1/chat/completions",
        "gemini, /v1/messages",
        "gemini, /v1/responses",
        "bedrock, /v1/chat/completions",
        "bedrock, /v1/messages",
        "bedrock, /v1/responses",
        "command, /v1/chat/completions",
        "command, /v1/messages",
        "command, /v1/responses"
    })
    void byteByByteIsTheSame(String model, String door) {
        String whole = whole(model, door);

        provider.sendByteByByte();

        assertThat(streamed(model, door)).isEqualTo(whole);
    }

    private String whole(String model, String door) {
        provider.sendWhole();
        String whole = streamed(model, door);
        // So that what is compared is an answer, not an error.
        assertThat(whole)
                .contains("Gr\u00fc", "\ud83d\ude42")
                .contains(
                        switch (door) {
                            case "/v1/messages" -> "event: message_stop";
                            case "/v1/responses" -> "event: response.completed";
                            default -> "data: [DONE]";
                        });
        if (door.equals("/v1/responses")) {
            assertThat(whole).contains(TEXT);
        }
        if (!model.equals("gemini")) {
            assertThat(whole).contains("{\\\"a\\\"");
        }
        return whole;
    }

    /** An answer without what is new in each: names made of it, and when it was made. */
    private String streamed(String model, String door) {
        String input =
                door.equals("/v1/responses")
                        ? "\"input\":\"x\""
                        : "\"max_tokens\":99,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
        HttpResponse<String> answer =
                gateway.post(door, "{\"model\":\"%s\",\"stream\":true,%s}".formatted(model, input));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .replace("\\uD83D\\uDE42", "\ud83d\ude42")
                .replaceAll("[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", "ID")
                .replaceAll("(\"created(_at)?\":)[0-9]+", "$1 0");
    }
}
