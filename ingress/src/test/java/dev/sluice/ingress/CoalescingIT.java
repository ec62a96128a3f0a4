package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.accounts.TestingAccounts;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Equal calls that are open at once: one is sent, the others get its answer. */
class CoalescingIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";
    private static final String STREAM = ", \"stream\": true";
    private static final String MODELS =
            """
              - model_name: chat
                litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k, input_cost_per_token: 0.001, output_cost_per_token: 0.001}
              - model_name: vectors
                litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k}
            litellm_settings: {cache: true}
            router_settings: {num_retries: 0, disable_cooldowns: true}
            """;

    @TempDir private Path data;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private EchoProvider provider;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        provider = new EchoProvider();
        start("");
    }

    private void start(String more) {
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data, MODELS.replace("PROVIDER", provider.url()) + more);
        gateway.apply(TestingAccounts.key("sk-other").build());
    }

    @AfterEach
    void stop() throws Exception {
        provider.close();
        gateway.close();
        callers.shutdownNow();
    }

    @Test
    void asksOnceForAHundredEqualCalls() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> calls = calls(100, chat("held", ""));
        waitForOthers(99);
        provider.release();

        Set<String> ids = new HashSet<>();
        int hits = 0;
        for (var call : calls) {
            HttpResponse<String> answer = call.get(20, TimeUnit.SECONDS);
            ids.add(JSON.readTree(answer.body()).path("id").asText());
            hits += isCoalesced(answer) ? 1 : 0;
        }
        assertThat(ids).hasSize(1);
        assertThat(hits).isEqualTo(99);
        assertThat(provider.calls()).isEqualTo(1);
        assertThat(gateway.metrics())
                .contains("litellm_cache_hits_total{kind=\"coalesced\",model=\"chat\"} 99.0")
                .contains("litellm_cache_misses_total{model=\"chat\"} 1.0");
    }

    @Test
    void letsFollowersSeeAStreamAsItComes() throws Exception {
        try (Reading leader = new Reading(chat("stepwise a b c d", STREAM))) {
            waitForCalls(1);
            provider.step(3);
            leader.readUntil("answer");
            try (Reading follower = new Reading(chat("stepwise a b c d", STREAM))) {
                follower.readUntil("answer");
                assertThat(follower.head()).contains("x-sluice-cache-hit: coalesced");
                provider.step(100);
                assertThat(follower.readUntil("[DONE]")).contains("stepwise");
            }
            leader.readUntil("[DONE]");
        }
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void showsUsageOnlyToFollowersWhoAskForIt() throws Exception {
        var leader = call(chat("held usage", STREAM));
        waitForCalls(1);
        var plain = call(chat("held usage", STREAM));
        var counted =
                call(
                        chat(
                                "held usage",
                                STREAM + ", \"stream_options\": {\"include_usage\": true}"));
        waitForOthers(2);
        provider.release();

        assertThat(body(leader)).doesNotContain("prompt_tokens");
        assertThat(body(plain)).doesNotContain("prompt_tokens").endsWith("[DONE]\n\n");
        assertThat(body(counted)).contains("\"prompt_tokens\":10").endsWith("[DONE]\n\n");
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void answersPlainCallsOfAStreamAndStreamsOfAPlainCall() throws Exception {
        var stream = call(chat("held one", STREAM));
        waitForCalls(1);
        var plainFollower = call(chat("held one", ""));
        var plain = call(chat("held two", ""));
        waitForCalls(2);
        var streamFollower = call(chat("held two", STREAM));
        waitForOthers(2);
        provider.release();

        assertThat(body(stream)).endsWith("[DONE]\n\n");
        assertThat(JSON.readTree(body(plainFollower)).at("/choices/0/message/content").asText())
                .isEqualTo("answer 1 to held one");
        assertThat(body(plain)).contains("held two");
        assertThat(body(streamFollower)).contains("chat.completion.chunk").endsWith("[DONE]\n\n");
        assertThat(provider.calls()).isEqualTo(2);
    }

    @Test
    void sendsFollowersThemselvesWhereTheLeaderFails() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> calls = calls(5, chat("held fail", ""));
        waitForOthers(4);
        provider.release();

        for (var call : calls) {
            assertThat(call.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
        }
        assertThat(provider.calls()).isEqualTo(5);
    }

    @Test
    void sendsFollowersThemselvesWhereTheAnswerActs() throws Exception {
        for (String form : List.of("", STREAM)) {
            int before = provider.calls();
            var leader = call(chat("stepwise tools" + form.length(), form));
            waitForCalls(before + 1);
            var follower = call(chat("stepwise tools" + form.length(), form));
            provider.step(100);

            assertThat(body(leader)).contains("t1");
            assertThat(body(follower)).contains("t1");
            assertThat(isCoalesced(follower.get())).isFalse();
            assertThat(provider.calls()).isEqualTo(before + 2);
        }
    }

    @Test
    void tellsFollowersThatHaveSeenAPartThatItBrokeOff() throws Exception {
        try (Reading leader = new Reading(chat("stepwise cut", STREAM))) {
            waitForCalls(1);
            provider.step(3);
            leader.readUntil("answer");
            try (Reading follower = new Reading(chat("stepwise cut", STREAM))) {
                follower.readUntil("answer");
                provider.step(100);

                assertThat(follower.readUntil("api_connection_error")).doesNotContain("[DONE]");
            }
            leader.readUntil("api_connection_error");
        }
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void tellsFollowersOnceThatTheStreamEndsWithAnError() throws Exception {
        try (Reading leader = new Reading(chat("stepwise sour", STREAM))) {
            waitForCalls(1);
            provider.step(3);
            leader.readUntil("answer");
            try (Reading follower = new Reading(chat("stepwise sour", STREAM))) {
                follower.readUntil("answer");
                provider.step(100);

                follower.readUntil("\"error\"");
                assertThat(follower.readUntil("0")).doesNotContain("error");
            }
            leader.readUntil("no more");
        }
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void goesOnForFollowersWhenTheLeadersCallerLeaves() throws Exception {
        Reading leader = new Reading(chat("stepwise gone a b c d e f g h", STREAM));
        waitForCalls(1);
        provider.step(3);
        leader.readUntil("answer");
        try (Reading follower = new Reading(chat("stepwise gone a b c d e f g h", STREAM))) {
            follower.readUntil("answer");
            leader.close();
            for (int i = 0; i < 20; i++) {
                provider.step(1);
                await().pollDelay(20, TimeUnit.MILLISECONDS).until(() -> true);
            }

            assertThat(follower.readUntil("[DONE]")).contains(" g").contains(" h");
        }
        assertThat(provider.calls()).isEqualTo(1);
        assertThat(isKept(chat("stepwise gone a b c d e f g h", ""))).isTrue();
    }

    @Test
    void neverWaitsForASlowFollower() throws Exception {
        try (Reading leader = new Reading(chat("stepwise slow a b c d", STREAM))) {
            waitForCalls(1);
            provider.step(3);
            leader.readUntil("answer");
            try (Reading idle = new Reading(chat("stepwise slow a b c d", STREAM));
                    Reading follower = new Reading(chat("stepwise slow a b c d", STREAM))) {
                provider.step(100);
                follower.readUntil("[DONE]");
                leader.readUntil("[DONE]");
                assertThat(idle.readUntil("[DONE]")).contains("answer");
            }
        }
    }

    @Test
    void doesNotWaitForWhatItsCallerWouldNotTake() throws Exception {
        var leader = call(chat("held own", ""));
        waitForCalls(1);
        List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
        others.add(call(chat("held own", ", \"cache\": {\"no-cache\": true}")));
        others.add(call(chat("held own", ", \"cache\": {\"no-store\": true}")));
        others.add(call(chat("held own", ", \"cache\": {\"ttl\": 0}")));
        others.add(call(chat("held own", ", \"cache\": {\"namespace\": \"x\"}")));
        others.add(call(chat("held own", ", \"temperature\": 0.5")));
        others.add(call(chat("held own", ""), "Authorization", "Bearer sk-other"));
        waitForCalls(7);
        provider.release();

        leader.get(20, TimeUnit.SECONDS);
        for (var other : others) {
            assertThat(isCoalesced(other.get(20, TimeUnit.SECONDS))).isFalse();
        }
    }

    @Test
    void waitsNoLongerThanItsOwnTimeout() throws Exception {
        var leader = call(chat("held long", ""));
        waitForCalls(1);

        HttpResponse<String> hurried =
                call(chat("held long", ", \"timeout\": 0.3")).get(20, TimeUnit.SECONDS);

        assertThat(hurried.statusCode()).isEqualTo(408);
        provider.release();
        assertThat(leader.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void waitsNoLongerForAStreamToBeginThanItsCallerSays() throws Exception {
        var leader = call(chat("stepwise late", STREAM));
        waitForCalls(1);

        HttpResponse<String> hurried =
                call(chat("stepwise late", STREAM + ", \"stream_timeout\": 0.3"))
                        .get(20, TimeUnit.SECONDS);

        assertThat(hurried.statusCode()).isEqualTo(408);
        provider.step(1_000);
        assertThat(leader.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void looksOnceMoreWhereTheLeaderFails() throws Exception {
        var leader = call(chat("once", ""));
        waitForCalls(1);
        var follower = call(chat("once", ""));
        waitForOthers(1);
        call(chat("once", ", \"cache\": {\"no-cache\": true}")).get(20, TimeUnit.SECONDS);
        provider.release();

        assertThat(leader.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
        assertThat(follower.get(20, TimeUnit.SECONDS).headers().firstValue("x-sluice-cache-hit"))
                .contains("process");
        assertThat(provider.calls()).isEqualTo(2);
    }

    @Test
    void looksOnceMoreForAPartOfAList() throws Exception {
        String list = "{\"model\": \"vectors\", \"input\": [\"part\", \"once\"]}";
        var leader =
                CompletableFuture.supplyAsync(() -> gateway.post("/v1/embeddings", list), callers);
        waitForCalls(1);
        var follower =
                CompletableFuture.supplyAsync(() -> gateway.post("/v1/embeddings", list), callers);
        waitForOthers(1);
        gateway.post("/v1/embeddings", "{\"model\": \"vectors\", \"input\": \"part\"}");
        provider.release();

        assertThat(leader.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
        assertThat(JSON.readTree(body(follower)).path("data")).hasSize(2);
        assertThat(provider.last().path("input")).isEqualTo(JSON.readTree("[\"once\"]"));
    }

    @Test
    void asksOnceForEqualLists() throws Exception {
        String list = "{\"model\": \"vectors\", \"input\": [\"a\", \"b\"]}";
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            calls.add(
                    CompletableFuture.supplyAsync(
                            () -> gateway.post("/v1/embeddings", list), callers));
        }
        Set<String> bodies = new HashSet<>();
        for (var call : calls) {
            bodies.add(JSON.readTree(body(call)).toString());
        }
        assertThat(bodies).hasSize(1);
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void sendsEachCallWhereTheConfigSaysSo() throws Exception {
        gateway.close();
        start("sluice: {cache: {coalesce: false}}\n");

        List<CompletableFuture<HttpResponse<String>>> calls = calls(4, chat("held off", ""));
        waitForCalls(4);
        provider.release();

        for (var call : calls) {
            assertThat(call.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    private List<CompletableFuture<HttpResponse<String>>> calls(int count, String body) {
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(call(body));
        }
        return calls;
    }

    private CompletableFuture<HttpResponse<String>> call(String body, String... headers) {
        return CompletableFuture.supplyAsync(() -> gateway.post(CHAT, body, headers), callers);
    }

    private void waitForCalls(int calls) {
        await().until(() -> provider.calls() >= calls);
    }

    /** Until so many calls are open beside those that the provider has. */
    private void waitForOthers(int others) {
        await().until(() ->
                gateway.metrics()
                        .contains(
                                "sluice_requests_in_flight %d.0"
                                        .formatted(provider.calls() + others)));
        await().pollDelay(100, TimeUnit.MILLISECONDS).until(() -> true);
    }

    private boolean isKept(String body) {
        return gateway.post(CHAT, body)
                .headers()
                .firstValue("x-sluice-cache-hit")
                .filter("process"::equals)
                .isPresent();
    }

    private static String body(CompletableFuture<HttpResponse<String>> call) throws Exception {
        return call.get(20, TimeUnit.SECONDS).body();
    }

    private static boolean isCoalesced(HttpResponse<String> answer) {
        return answer.headers()
                .firstValue("x-sluice-cache-hit")
                .filter("coalesced"::equals)
                .isPresent();
    }

    private static String chat(String text, String more) {
        return "{\"model\": \"chat\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]%s}"
                .formatted(text, more);
    }

    /** A caller who reads a stream piece by piece. */
    private final class Reading implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;
        private final StringBuilder head = new StringBuilder();

        Reading(String body) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
            socket.setSoTimeout(20_000);
            String request =
                    "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(
                                    CHAT, GatewayUnderTest.KEY, body.getBytes(UTF_8).length, body);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            InputStream stream = socket.getInputStream();
            in = new BufferedReader(new InputStreamReader(stream, UTF_8));
        }

        String head() {
            return head.toString();
        }

        /** What comes up to the line with a text, that line included. */
        String readUntil(String text) throws IOException {
            var read = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                (read.isEmpty() && head.indexOf("\n\n") < 0 ? head : read)
                        .append(line)
                        .append('\n');
                if (line.contains(text)) {
                    return read.toString();
                }
            }
            throw new AssertionError("it ended without " + text + ": " + head + read);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
