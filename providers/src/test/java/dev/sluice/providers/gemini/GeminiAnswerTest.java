package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.protocol.Translation;
import dev.sluice.providers.protocol.UnreadableAnswerException;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Google's answers and errors as OpenAI's. */
class GeminiAnswerTest {

    private static final String USAGE =
            """
            "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,
              "candidatesTokenCount":7,"thoughtsTokenCount":9,"totalTokenCount":116}
            """;

    private static final List<String> PARTS =
            List.of(
                    "{\"text\":\"Hm, \",\"thought\":true}",
                    "{\"text\":\"so.\",\"thought\":true}",
                    "{\"text\":\"Grüße \"}",
                    "{\"text\":\"\uD83D\uDE00\\n\",\"thoughtSignature\":\"c2ln\"}",
                    "{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":[1.50,\"\\\"\"]}},"
                            + "\"thoughtSignature\":\"+/8=\"}",
                    "{\"functionCall\":{\"id\":\"own\",\"name\":\"g\"}}",
                    "{\"executableCode\":{\"code\":\"1\"}}");

    @Test
    void aPlainAnswerHoldsWhatTheModelSaid() throws Exception {
        check(translation(false).answer(plain(PARTS).getBytes(UTF_8)));
    }

    @Test
    void aStreamOfTheSamePartsAmountsToTheSame() throws IOException {
        byte[] sse = stream().getBytes(UTF_8);
        for (int size : new int[] {1, 5, 1000}) {
            byte[] told =
                    Arrivals.readAll(
                            translation(true).stream(Arrivals.pieces(sse, sse.length, size)));
            assertThat(new String(told, UTF_8)).endsWith("data: [DONE]\n\n");
            check(CompletionForms.toPlain(told).orElseThrow());
        }
    }

    @Test
    void aStreamThatIsCutSaysSo() {
        byte[] sse = stream().getBytes(UTF_8);
        for (int length = 0; length < sse.length - 4; length++) {
            int cut = length;
            assertThatThrownBy(() ->
                            Arrivals.readAll(
                                    translation(true).stream(Arrivals.pieces(sse, cut, 1000))))
                    .isInstanceOf(EOFException.class);
        }
    }

    private static String plain(List<String> parts) {
        return "{\"responseId\":\"r1\",\"modelVersion\":\"mv\",\"candidates\":[{\"content\":{\"parts\":["
                + String.join(",", parts)
                + "]},\"finishReason\":\"STOP\"}],"
                + USAGE
                + "}";
    }

    private static String stream() {
        List<String> events = new ArrayList<>();
        for (String part : PARTS) {
            events.add(
                    "data: {\"responseId\":\"r1\",\"modelVersion\":\"mv\",\"candidates\":[{\"content\":"
                            + "{\"parts\":["
                            + part
                            + "]}}],\"usageMetadata\":{\"promptTokenCount\":99}}\r\n\r\n");
        }
        events.add(": keep-alive\r\n\r\n");
        events.add("data: " + plain(List.of()).replace("\n", "") + "\r\n\r\n");
        return String.join("", events);
    }

    private static void check(byte[] json) {
        JsonNode answer = Calls.tree(json);
        JsonNode message = answer.at("/choices/0/message");
        assertThat(answer.path("id").asText()).isEqualTo("r1");
        assertThat(answer.path("model").asText()).isEqualTo("mv");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hm, so.");
        assertThat(message.path("content").asText()).isEqualTo("Grüße \uD83D\uDE00\n");
        JsonNode calls = message.path("tool_calls");
        assertThat(calls).hasSize(2);
        assertThat(calls.at("/0/id").asText()).startsWith("call_").endsWith("__thought__-_8");
        assertThat(calls.at("/0/function/arguments").asText()).isEqualTo("{\"a\":[1.50,\"\\\"\"]}");
        assertThat(calls.at("/1/id").asText()).isEqualTo("own");
        assertThat(calls.at("/1/function/arguments").asText()).isEqualTo("{}");
        assertThat(message.at("/provider_specific_fields/thought_signatures/0").asText())
                .isEqualTo("c2ln");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(ResponseFacts.of(json, json.length).usage())
                .isEqualTo(new Usage(60, 40, 0, 0, 7, 9, 0, 0, 0));
    }

    @Test
    void whatIsKeptOfACallComesBackToGoogle() throws Exception {
        JsonNode message =
                Calls.tree(translation(false).answer(plain(PARTS).getBytes(UTF_8)))
                        .at("/choices/0/message");
        JsonNode parts =
                Calls.chat("gemini-3-flash-preview", "\"messages\":[" + message + "]")
                        .at("/contents/0/parts");
        assertThat(parts.at("/0/thoughtSignature").asText()).isEqualTo("c2ln");
        assertThat(parts.at("/1/thoughtSignature").asText()).isEqualTo("+/8=");
        assertThat(parts.at("/1/functionCall/args").toString())
                .isEqualTo("{\"a\":[1.50,\"\\\"\"]}");
        assertThat(parts.at("/2/functionCall/id").asText()).isEqualTo("own");
    }

    @Test
    void blockedAnswersAndPromptsAreFiltered() throws Exception {
        for (String reason :
                List.of("SAFETY", "RECITATION", "PROHIBITED_CONTENT", "SPII", "BLOCKLIST")) {
            String answer = "{\"candidates\":[{\"finishReason\":\"" + reason + "\"}]}";
            assertThat(finish(answer)).isEqualTo("content_filter");
        }
        String blocked =
                "{\"promptFeedback\":{\"blockReason\":\"SAFETY\",\"blockReasonMessage\":\"why\"}}";
        assertThat(finish(blocked)).isEqualTo("content_filter");
        byte[] sse = ("data: " + blocked + "\n\n").getBytes(UTF_8);
        JsonNode streamed =
                Calls.tree(
                        CompletionForms.toPlain(
                                        Arrivals.readAll(
                                                translation(true).stream(
                                                        Arrivals.pieces(sse, sse.length, 9))))
                                .orElseThrow());
        assertThat(streamed.at("/choices/0/finish_reason").asText()).isEqualTo("content_filter");
        assertThat(
                        streamed.at(
                                        "/choices/0/message/provider_specific_fields/block_reason_message")
                                .asText())
                .isEqualTo("why");
    }

    @Test
    void otherEndsHaveOpenAisNames() throws Exception {
        assertThat(finish("{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}"))
                .isEqualTo("length");
        assertThat(finish("{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}"))
                .isEqualTo("stop");
        assertThat(finish("{\"candidates\":[{\"finishReason\":\"NEWER_THAN_WE\"}]}"))
                .isEqualTo("stop");
    }

    private static String finish(String answer) throws UnreadableAnswerException {
        return Calls.tree(translation(false).answer(answer.getBytes(UTF_8)))
                .at("/choices/0/finish_reason")
                .asText();
    }

    @Test
    void theTierThatServedIsSaid() throws Exception {
        for (String usage :
                List.of("\"serviceTier\":\"flex\"", "\"trafficType\":\"ON_DEMAND_FLEX\"")) {
            String answer =
                    "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{"
                            + usage
                            + "}}";
            assertThat(
                            Calls.tree(translation(false).answer(answer.getBytes(UTF_8)))
                                    .path("service_tier")
                                    .asText())
                    .isEqualTo("flex");
        }
    }

    @Test
    void imagesComeAsDataUrls() throws Exception {
        JsonNode answer =
                Calls.tree(
                        translation(false)
                                .answer(
                                        plain(
                                                        List.of(
                                                                "{\"inlineData\":{\"mimeType\":\"image/png\","
                                                                        + "\"data\":\"AAAA\"}}"))
                                                .getBytes(UTF_8)));
        assertThat(answer.at("/choices/0/message/images/0/image_url/url").asText())
                .isEqualTo("data:image/png;base64,AAAA");
    }

    @Test
    void anErrorInAStreamEndsItWithWhatWasUsed() throws IOException {
        String sse =
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}],"
                        + USAGE.replace("\n", "")
                        + "}\n\ndata: {\"error\":{\"code\":503,\"message\":\"Overloaded.\","
                        + "\"status\":\"UNAVAILABLE\"}}\n\n";
        String told = all(sse);
        assertThat(told).contains("Hel").contains("\"prompt_tokens\":100").doesNotContain("[DONE]");
        assertThat(told)
                .endsWith(
                        "data: {\"error\":{\"message\":\"Overloaded.\",\"type\":\"api_error\","
                                + "\"param\":null,\"code\":\"503\"}}\n\n");
    }

    @Test
    void anEventThatCannotBeReadIsAnError() throws IOException {
        assertThat(all("data: {\"cand\n\ndata: {}\n\n"))
                .contains("cannot be read")
                .doesNotContain("[DONE]");
        assertThat(all("data: 7\n\n")).contains("cannot be read");
    }

    private static String all(String sse) throws IOException {
        byte[] bytes = sse.getBytes(UTF_8);
        return new String(
                Arrivals.readAll(
                        translation(true).stream(Arrivals.pieces(bytes, bytes.length, 11))),
                UTF_8);
    }

    @Test
    void plainAnswersThatAreNoneAreUnreadable() {
        for (String body :
                List.of("", "[]", "{}", "7", "{\"candidates\":[]}", "{\"a\":", "\u0000")) {
            assertThatThrownBy(() -> translation(false).answer(body.getBytes(UTF_8)))
                    .isInstanceOf(UnreadableAnswerException.class);
        }
    }

    @Test
    void brokenBytesAreNeverABug() {
        var random = new SplittableRandom(20261123);
        byte[] plain = plain(PARTS).getBytes(UTF_8);
        byte[] sse = stream().getBytes(UTF_8);
        for (int round = 0; round < 1000; round++) {
            byte[] brokenPlain = broken(plain, random);
            byte[] brokenStream = broken(sse, random);
            try {
                translation(false).answer(brokenPlain);
            } catch (UnreadableAnswerException e) {
                assertThat(e.getMessage()).startsWith("the provider's answer");
            }
            try {
                Arrivals.readAll(
                        translation(true).stream(
                                Arrivals.pieces(brokenStream, brokenStream.length, 100)));
            } catch (IOException e) {
                assertThat(e).isInstanceOf(EOFException.class);
            }
            assertThat(translation(false).failure(500, _ -> null, brokenPlain).status())
                    .isEqualTo(500);
        }
    }

    private static byte[] broken(byte[] bytes, SplittableRandom random) {
        byte[] broken = bytes.clone();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            byte[] likely = "{}[]\",:\\0tn\n".getBytes(UTF_8);
            broken[random.nextInt(broken.length)] =
                    random.nextBoolean()
                            ? (byte) random.nextInt(256)
                            : likely[random.nextInt(likely.length)];
        }
        return broken;
    }

    @Test
    void errorsHaveOpenAisClasses() {
        String tooLong =
                "The input token count (1200000) exceeds the maximum number of tokens allowed"
                        + " (1048576).";
        assertError(400, tooLong, 400, "invalid_request_error", "context_length_exceeded");
        assertError(403, "No.", 403, "permission_error", "403");
        assertError(404, "No such model.", 404, "invalid_request_error", "404");
        assertError(429, "Slow down.", 429, "rate_limit_error", "429");
        assertError(503, "Overloaded.", 503, "api_error", "503");
    }

    private static void assertError(
            int status, String message, int told, String type, String code) {
        String body =
                "[{\"error\":{\"code\":"
                        + status
                        + ",\"message\":\""
                        + message
                        + "\",\"details\":[{\"retryDelay\":\"1.2s\"}]}}]";
        ProviderFailure failure =
                translation(false).failure(status, _ -> null, body.getBytes(UTF_8));
        JsonNode error = Calls.tree(failure.body()).path("error");
        assertThat(failure.status()).isEqualTo(told);
        assertThat(error.path("message").asText()).isEqualTo(message);
        assertThat(error.path("type").asText()).isEqualTo(type);
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(failure.retryAfterSeconds()).isEqualTo(2);
    }

    @Test
    void theHeaderOutweighsTheBodysDelay() {
        ProviderFailure failure =
                translation(false)
                        .failure(
                                429,
                                name -> name.equals("retry-after") ? "9" : null,
                                "not JSON".getBytes(UTF_8));
        assertThat(failure.retryAfterSeconds()).isEqualTo(9);
        assertThat(new String(failure.body(), UTF_8)).contains("The provider answered 429.");
    }

    private static Translation translation(boolean stream) {
        return Calls.ready(
                        Calls.studio("gemini-2.5-flash"),
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":"
                                + stream
                                + "}")
                .translation();
    }
}
