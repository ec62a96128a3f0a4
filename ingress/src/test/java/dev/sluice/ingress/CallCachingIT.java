package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.accounts.TestingAccounts;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What is kept of calls and what is not, and who gets it again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallCachingIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";
    private static final String STREAM = ", \"stream\": true";

    private EchoProvider provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        provider = new EchoProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                          - model_name: chat
                            litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k, input_cost_per_token: 0.001, output_cost_per_token: 0.001}
                          - model_name: short
                            litellm_params: {model: openai/m, api_base: PROVIDER/b/v1, api_key: k, cache: {ttl: 0}}
                          - model_name: strict
                            litellm_params: {model: openai/m, api_base: PROVIDER/c/v1, api_key: k, cache: {ttl: 100}}
                          - model_name: strict
                            litellm_params: {model: openai/m, api_base: PROVIDER/d/v1, api_key: k, cache: {ttl: 3600, s_max_age: 0}}
                          - model_name: broken
                            litellm_params: {model: openai/m, api_base: "http://127.0.0.1:1/v1", api_key: k}
                          - model_name: vectors
                            litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k, input_cost_per_token: 0.001}
                          - model_name: ranks
                            litellm_params: {model: cohere/rerank, api_base: PROVIDER/r, api_key: k}
                          - model_name: native
                            litellm_params: {model: openai/m, api_base: PROVIDER/n/v1, api_key: k}
                            model_info: {mode: responses}
                          - model_name: ears
                            litellm_params: {model: openai/whisper-1, api_base: PROVIDER/w/v1, api_key: k}
                        litellm_settings: {cache: true}
                        router_settings: {num_retries: 0, disable_cooldowns: true}
                        """
                                .replace("PROVIDER", provider.url()));
        gateway.apply(
                TestingAccounts.team("red", List.of()),
                TestingAccounts.key("sk-red-1").team("red").build(),
                TestingAccounts.key("sk-red-2").team("red").build(),
                TestingAccounts.key("sk-lone").build());
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools", "refuse", "filter", "odd"})
    void keepsNoAnswerThatActsOrRefuses(String word) {
        for (String form : List.of("", STREAM)) {
            assertThat(isHit(again(CHAT, chat("chat", "unkept " + word + form.length(), form))))
                    .as(word + form)
                    .isFalse();
        }
    }

    @Test
    void keepsNoErrorAndNoStreamThatIsCut() {
        for (String body :
                List.of(
                        chat("chat", "fail", ""),
                        chat("chat", "fail", STREAM),
                        chat("chat", "cut", STREAM))) {
            assertThat(isHit(again(CHAT, body))).as(body).isFalse();
        }
    }

    @Test
    void keepsAnAnswerThatEndsAtItsCallersBound() {
        assertThat(isHit(again(CHAT, chat("chat", "length", "")))).isTrue();
        assertThat(isHit(again(CHAT, chat("chat", "length too", STREAM)))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "caching\": false | false",
                "caching\": true  | true",
                "store\": true    | false",
                "store\": false   | true",
                "web_search_options\": {} | false",
                "audio\": {\"voice\": \"a\"} | false",
                "search_parameters\": {} | false",
                "tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}] | true",
                "tools\": [{\"type\": \"web_search_20250305\", \"name\": \"s\"}] | false",
                "tools\": [{\"googleSearch\": {}}] | false",
                "cache\": {\"use-cache\": false} | false",
                "mock_testing_fallbacks\": true | false",
            })
    void keepsOnlyWhatSaysAllByItself(String field, boolean kept) {
        String body = chat("chat", "whole " + field.hashCode(), ", \"" + field);

        assertThat(isHit(again(CHAT, body))).isEqualTo(kept);
    }

    @Test
    void doesNotSendItsOwnFieldsToTheProvider() {
        post(CHAT, chat("chat", "own", ", \"caching\": true, \"cache\": {\"ttl\": 5}"));

        assertThat(provider.last().has("caching")).isFalse();
        assertThat(provider.last().has("cache")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=3600 | true",
                "s-maxage=3600 | true",
                "no-cache | false",
                "no-store | false",
                "max-age=0 | false",
                "max-age=nonsense | false",
                "'NO-STORE, max-age=5' | false",
            })
    void doesWhatTheHeaderSays(String header, boolean hit) {
        String body = chat("chat", "header " + header, "");

        post(CHAT, body, "Cache-Control", header);

        assertThat(isHit(post(CHAT, body, "Cache-Control", header))).isEqualTo(hit);
    }

    @Test
    void keepsAnswersOfAModelAsLongAsItsConfigSays() {
        assertThat(isHit(again(CHAT, chat("short", "by config", "")))).isFalse();
        assertThat(isHit(again(CHAT, chat("short", "by caller", ", \"cache\": {\"ttl\": 9}"))))
                .isTrue();
        assertThat(isHit(again(CHAT, chat("strict", "the strictest", "")))).isFalse();
    }

    @Test
    void keepsNoStandInsAnswerUnderTheNameThatWasAskedFor() {
        String body = chat("broken", "stand-in", ", \"fallbacks\": [\"chat\"]");

        HttpResponse<String> again = again(CHAT, body);

        assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
        assertThat(isHit(again)).isFalse();
    }

    @Test
    void givesAStandInsAnswerToNobodyWhoFollows() throws Exception {
        String text = "held stand-in";
        String leads = chat("broken", text, ", \"fallbacks\": [\"chat\"]");
        String follows = chat("broken", text, ", \"disable_fallbacks\": true");
        var leading = CompletableFuture.supplyAsync(() -> post(CHAT, leads));
        await().until(() ->
                provider.asked().stream().anyMatch(asked -> asked.toString().contains(text)));
        var following = CompletableFuture.supplyAsync(() -> post(CHAT, follows));
        await().pollDelay(Duration.ofMillis(500)).until(() -> !following.isDone());

        provider.release();

        assertThat(leading.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(following.get(30, TimeUnit.SECONDS).statusCode()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void sharesInATeamAndNowhereElse() {
        String body = chat("chat", "team", "");
        post(CHAT, body, "Authorization", "Bearer sk-red-1");

        assertThat(isHit(post(CHAT, body, "Authorization", "Bearer sk-red-2"))).isTrue();
        assertThat(isHit(post(CHAT, body, "Authorization", "Bearer sk-lone"))).isFalse();
        assertThat(isHit(post(CHAT, body))).isFalse();
    }

    @Test
    void separatesNameSpacesAndRefusesOneThatIsTooLong() {
        String space = ", \"cache\": {\"namespace\": \"%s\"}";
        post(CHAT, chat("chat", "space", space.formatted("x")));

        assertThat(isHit(post(CHAT, chat("chat", "space", "")))).isFalse();
        assertThat(isHit(post(CHAT, chat("chat", "space", space.formatted("y"))))).isFalse();
        assertThat(isHit(post(CHAT, chat("chat", "space", space.formatted("x"))))).isTrue();
        assertThat(post(CHAT, chat("chat", "space", space.formatted("x".repeat(300)))).statusCode())
                .isEqualTo(400);
    }

    @Test
    void replaysAPlainAnswerInWords() throws Exception {
        String text = "one two three four five six seven eight";
        post(CHAT, chat("chat", text, ""));

        HttpResponse<String> stream = post(CHAT, chat("chat", text, STREAM));

        assertThat(isHit(stream)).isTrue();
        List<String> contents =
                Arrays.stream(stream.body().split("\n\n"))
                        .filter(event -> event.startsWith("data: {"))
                        .map(event -> content(event.substring(6)))
                        .filter(content -> !content.isEmpty())
                        .toList();
        assertThat(contents).hasSizeGreaterThanOrEqualTo(10);
        assertThat(String.join("", contents)).endsWith(text);
        assertThat(stream.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void keepsRanksAndTranscriptsByTheirFile() {
        String ranks = "{\"model\": \"ranks\", \"query\": \"q\", \"documents\": [\"a\"]}";
        assertThat(isHit(again("/v1/rerank", ranks))).isTrue();

        assertThat(isHit(transcribe("one", "sound", ""))).isFalse();
        assertThat(isHit(transcribe("other boundary", "sound", ""))).isTrue();
        assertThat(isHit(transcribe("one", "sounds", ""))).isFalse();
        assertThat(isHit(transcribe("one", "sound", "de"))).isFalse();
    }

    @Test
    void keepsResponsesThatAreNotStored() throws Exception {
        String body = "{\"model\": \"native\", \"input\": \"%s\"%s}";

        assertThat(isHit(again("/v1/responses", body.formatted("a", "")))).isFalse();
        assertThat(isHit(again("/v1/responses", body.formatted("b", ", \"store\": true"))))
                .isFalse();
        assertThat(isHit(again("/v1/responses", body.formatted("tools", ", \"store\": false"))))
                .isFalse();
        HttpResponse<String> kept =
                again("/v1/responses", body.formatted("c", ", \"store\": false"));
        assertThat(isHit(kept)).isTrue();
        assertThat(JSON.readTree(kept.body()).path("id").asText()).startsWith("resp_");
        assertThat(kept.body()).doesNotContain("\"resp_" + provider.calls() + "\"");
    }

    @Test
    void givesAPlainAnswerAgainAsItCameToWhoWantedAStream() {
        String body = "{\"model\": \"native\", \"input\": \"plain\", \"store\": false%s}";
        HttpResponse<String> first = post("/v1/responses", body.formatted(STREAM));

        HttpResponse<String> again = post("/v1/responses", body.formatted(STREAM));

        assertThat(isHit(again)).isTrue();
        assertThat(again.body()).isEqualTo(first.body()).contains("\"object\":\"response\"");
        assertThat(again.headers().firstValue("content-type"))
                .isEqualTo(first.headers().firstValue("content-type"));
    }

    @Test
    void doesNotTellChatsApartByTheirLabels() {
        post(CHAT, chat("chat", "labels", ", \"metadata\": {\"trace\": \"1\"}"));

        assertThat(isHit(post(CHAT, chat("chat", "labels", "")))).isTrue();
        assertThat(isHit(post(CHAT, chat("chat", "labels", ", \"metadata\": {\"trace\": \"2\"}"))))
                .isTrue();
        String response = "{\"model\": \"native\", \"input\": \"l\", \"store\": false%s}";
        post("/v1/responses", response.formatted(""));
        assertThat(
                        isHit(
                                post(
                                        "/v1/responses",
                                        response.formatted(", \"metadata\": {\"trace\": \"1\"}"))))
                .as("a response repeats them")
                .isFalse();
    }

    @Test
    void saysThatAReplayedStreamCostNothing() {
        HttpResponse<String> replayed = again(CHAT, chat("chat", "free stream", STREAM));

        assertThat(isHit(replayed)).isTrue();
        assertThat(replayed.headers().allValues("x-litellm-response-cost")).containsExactly("0");
    }

    @Test
    void obeysAKeysControlsAlsoForTheOtherWord() {
        gateway.apply(TestingAccounts.key("sk-few").cacheControls("ttl").build());

        HttpResponse<String> refused =
                post(
                        CHAT,
                        chat("chat", "off", ", \"caching\": false"),
                        "Authorization",
                        "Bearer sk-few");

        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("Not allowed to set no-cache as a cache control");
    }

    @Test
    void knowsTokensAndFormsOfVectorsApart() {
        String tokens = "{\"model\": \"vectors\", \"input\": %s%s}";
        post("/v1/embeddings", tokens.formatted("[1, 2]", ""));

        assertThat(isHit(post("/v1/embeddings", tokens.formatted("[[1,2]]", "")))).isTrue();
        assertThat(isHit(post("/v1/embeddings", tokens.formatted("[[2,1]]", "")))).isFalse();
        assertThat(isHit(post("/v1/embeddings", tokens.formatted("[1,2]", ", \"dimensions\": 3"))))
                .isFalse();
        assertThat(
                        isHit(
                                post(
                                        "/v1/embeddings",
                                        tokens.formatted(
                                                "[1,2]", ", \"encoding_format\": \"base64\""))))
                .isFalse();
    }

    @Test
    void saysWhatAPartOfAListSaved() {
        String list = "{\"model\": \"vectors\", \"input\": %s}";
        post("/v1/embeddings", list.formatted("[\"known\"]"));

        HttpResponse<String> part = post("/v1/embeddings", list.formatted("[\"new\", \"known\"]"));

        assertThat(part.headers().firstValue("x-sluice-cached-inputs")).contains("1");
        assertThat(part.headers().firstValue("x-litellm-response-cost")).contains("0.003");
        assertThat(gateway.metrics())
                .contains("sluice_cache_saved_usd_total{kind=\"process\",model=\"vectors\"} 0.005");
    }

    @Test
    void countsHitsAndMissesByModel() {
        post(CHAT, chat("other", "counted", ""));

        assertThat(gateway.metrics())
                .contains("litellm_cache_hits_total{kind=\"process\",model=\"chat\"}")
                .contains("litellm_cache_hits_total{kind=\"coalesced\",model=\"chat\"}")
                .contains("litellm_cache_misses_total{model=\"chat\"}")
                .contains("sluice_cache_saved_seconds_total{kind=\"process\",model=\"chat\"}");
    }

    private HttpResponse<String> transcribe(String boundary, String sound, String language) {
        String mark = boundary.replace(' ', '-');
        String form =
                """
                --B\r
                Content-Disposition: form-data; name="model"\r
                \r
                ears\r
                --B\r
                Content-Disposition: form-data; name="language"\r
                \r
                %s\r
                --B\r
                Content-Disposition: form-data; name="file"; filename="%s.mp3"\r
                \r
                %s\r
                --B--\r
                """
                        .formatted(language, mark, sound)
                        .replace("--B", "--" + mark);
        return post(
                "/v1/audio/transcriptions",
                form,
                "Content-Type",
                "multipart/form-data; boundary=" + mark);
    }

    private HttpResponse<String> again(String path, String body) {
        post(path, body);
        return post(path, body);
    }

    private HttpResponse<String> post(String path, String body, String... headers) {
        return gateway.post(path, body, headers);
    }

    private static String chat(String model, String text, String more) {
        return "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]%s}"
                .formatted(model, text, more);
    }

    private static String content(String chunk) {
        try {
            JsonNode read = JSON.readTree(chunk);
            return read.at("/choices/0/delta/content").asText("");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean isHit(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-sluice-cache-hit").isPresent();
    }
}
