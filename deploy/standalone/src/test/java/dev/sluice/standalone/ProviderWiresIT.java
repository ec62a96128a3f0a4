package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.Protocols;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The same conversation through each provider's wire: the adapters tell what OpenAI's own wire
 * tells, and the simulator's ledger agrees.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ProviderWiresIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(30));

    private static final String SAID =
            "'messages':[{'role':'system','content':'Be brief.'},"
                    + "{'role':'user','content':'Where does the river flow, %s?'}]";
    private static final String TOOLS =
            ",'tools':[{'type':'function','function':{'name':'weather','parameters':{'type':'object',"
                    + "'properties':{'city':{'type':'string'},'days':{'type':'integer'},"
                    + "'unit':{'type':'string','enum':['C','F']}},'required':['city','days','unit']}}},"
                    + "{'type':'function','function':{'name':'clock','parameters':{'type':'object',"
                    + "'properties':{'zone':{'type':'string'}},'required':['zone']}}}]";
    private static final String RESULTS =
            "'messages':[{'role':'user','content':'Weather?'},"
                    + "{'role':'assistant','content':null,'tool_calls':[{'id':'call_1','type':'function',"
                    + "'function':{'name':'weather','arguments':'{\\'city\\':\\'Bern\\'}'}}]},"
                    + "{'role':'tool','tool_call_id':'call_1','content':'sunny and warm'}]";
    private static final String SCHEMA =
            ",'response_format':{'type':'json_schema','json_schema':{'name':'town','strict':true,"
                    + "'schema':{'type':'object','additionalProperties':false,"
                    + "'properties':{'name':{'type':'string'},'people':{'type':'integer'},"
                    + "'rivers':{'type':'array','items':{'type':'string'}}},"
                    + "'required':['name','people','rivers']}}}";

    private Simulator simulator;
    private SocketTransport transport;
    private HttpClient observer;

    /** Whom to call, as which model of his. */
    enum Wire {
        ANTHROPIC("anthropic", "claude-sonnet-4-5", ""),
        OLD_ANTHROPIC("anthropic", "claude-3-7-sonnet-20250219", ""),
        GEMINI("gemini", "gemini-2.5-flash", "/v1beta"),
        VERTEX("vertex_ai", "gemini-2.5-flash", "/v1beta1"),
        BEDROCK("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", ""),
        COHERE("cohere", "command-a-reasoning-08-2025", ""),
        AZURE("azure", "gpt-5", "");

        private final String provider;
        private final String model;
        private final String path;

        Wire(String provider, String model, String path) {
            this.provider = provider;
            this.model = model;
            this.path = path;
        }
    }

    /** What of a conversation must not depend on the wire. */
    enum Talk {
        WORDS(SAID),
        SHORT(SAID + ",'max_tokens':5"),
        STOPPED(SAID + ",'stop':['river','stone','light','e']"),
        CALLS(SAID + TOOLS),
        ONE_CALL(SAID + TOOLS + ",'parallel_tool_calls':false"),
        NAMED_CALL(SAID + TOOLS + ",'tool_choice':{'type':'function','function':{'name':'clock'}}"),
        ANSWERED_CALL(RESULTS + TOOLS),
        SCHEMED(SAID + SCHEMA),
        THOUGHTS(SAID + ",'reasoning_effort':'low','max_tokens':8000");

        private final String body;

        Talk(String body) {
            this.body = body;
        }

        /** What a provider has nothing for, and says so. */
        boolean isKnownTo(Wire wire) {
            return switch (this) {
                case ONE_CALL -> wire != Wire.GEMINI && wire != Wire.VERTEX && wire != Wire.COHERE;
                case NAMED_CALL -> wire != Wire.COHERE;
                default -> true;
            };
        }
    }

    private record Told(
            String text,
            String reasoning,
            List<String> calls,
            String finish,
            long prompt,
            long cached,
            long completion) {}

    @BeforeAll
    void start() {
        simulator =
                new Simulator(
                        SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0)
                                .withProfile("instant"));
        simulator.start();
        transport = new SocketTransport(TransportSettings.defaults());
        observer = HttpClient.newHttpClient();
    }

    @AfterAll
    void stop() throws IOException {
        transport.close();
        simulator.close();
        observer.close();
    }

    private String home() {
        return "http://127.0.0.1:" + simulator.port();
    }

    private Protocol protocol(String provider, String model, String path, String key) {
        var settings =
                new ProtocolSettings(
                        provider,
                        model,
                        provider.equals("bedrock") ? null : new Secret(key),
                        home() + path,
                        null,
                        null,
                        ProtocolSettings.Parameters.STRICT,
                        Map.of(),
                        Map.of(),
                        Map.of(
                                "vertex_project", "a-project",
                                "aws_access_key_id", key,
                                "aws_secret_access_key", "secret",
                                "aws_region_name", "eu-west-1"),
                        _ -> null);
        TokenSources tokens =
                new TokenSources() {
                    @Override
                    public AccessTokens google(ProtocolSettings deployment) {
                        return () -> Optional.of(new Secret(key));
                    }

                    @Override
                    public AccessTokens entra(ProtocolSettings deployment) {
                        return () -> Optional.of(new Secret(key));
                    }
                };
        return Protocols.of(settings, tokens).orElseThrow();
    }

    private Protocol own(Wire wire) {
        return protocol(wire.provider, wire.model, wire.path, "sk-own");
    }

    private Protocol openAi(Wire wire) {
        return protocol("openai", wire.model, "/v1", "sk-openai");
    }

    @ParameterizedTest
    @EnumSource
    void everyWireTellsTheSame(Wire wire) throws Exception {
        for (Talk talk : Talk.values()) {
            if (!talk.isKnownTo(wire)) {
                continue;
            }
            for (boolean stream : new boolean[] {false, true}) {
                String body = body(talk.body.formatted(wire), stream);
                Told expected = chat(openAi(wire), body, stream);

                assertThat(chat(own(wire), body, stream))
                        .as("%s of %s, stream %s", talk, wire, stream)
                        .isEqualTo(expected);
                if (talk == Talk.CALLS) {
                    assertThat(expected.calls()).hasSize(2);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLedgerHoldsWhatTheWireTold(Wire wire) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            Told told =
                    chat(own(wire), body(Talk.THOUGHTS.body.formatted("ledger"), stream), stream);

            JsonNode attempt = lastAttempt();
            assertThat(attempt.path("model").asText()).isEqualTo(wire.model);
            assertThat(attempt.path("key").asText()).endsWith("-own");
            assertThat(attempt.path("stream").asBoolean()).isEqualTo(stream);
            assertThat(attempt.path("input_tokens").asLong()).isEqualTo(told.prompt());
            assertThat(attempt.path("output_tokens").asLong()).isEqualTo(told.completion());
            assertThat(attempt.path("reasoning_tokens").asLong()).isPositive();
            assertThat(told.reasoning()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"ANTHROPIC, sk-a", "GEMINI, sk-g", "BEDROCK, sk-b"})
    void aCachedPromptIsToldAsSuch(Wire wire, String key) throws Exception {
        String body =
                "{'model':'m','messages':[{'role':'user','content':'%s'}]}"
                        .replace('\'', '"')
                        .formatted("a long prompt ".repeat(400));
        Protocol cached = protocol(wire.provider, "gpt-4o", wire.path, key);

        assertThat(chat(cached, body, false).cached()).isZero();
        assertThat(chat(cached, body, false).cached()).isGreaterThanOrEqualTo(1024);
        assertThat(lastAttempt().path("cached_tokens").asLong()).isGreaterThanOrEqualTo(1024);
    }

    @ParameterizedTest
    @EnumSource(names = {"GEMINI", "VERTEX", "COHERE", "AZURE"})
    void embeddingsAreTheSame(Wire wire) throws Exception {
        String body = "{'model':'m','input':['one','two three'],'dimensions':8}".replace('\'', '"');

        JsonNode expected = embed(openAi(wire), body);
        JsonNode told = embed(own(wire), body);

        assertThat(told.path("data").size()).isEqualTo(2);
        assertThat(told.at("/data/1/embedding")).isEqualTo(expected.at("/data/1/embedding"));
        assertThat(told.at("/usage/prompt_tokens")).isEqualTo(expected.at("/usage/prompt_tokens"));
    }

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

    @Test
    void tokensOfAnthropicCanBeCountedBeforehand() throws Exception {
        String body =
                "{'model':'claude-sonnet-4-5','max_tokens':9,"
                        + "'messages':[{'role':'user','content':'Hello there'}]}";
        JsonNode counted = post("/v1/messages/count_tokens", body.replace('\'', '"'));
        JsonNode answered = post("/v1/messages", body.replace('\'', '"'));

        assertThat(counted.path("input_tokens").asLong())
                .isPositive()
                .isEqualTo(answered.at("/usage/input_tokens").asLong());
    }

    @Test
    void rerankingOrdersTheDocuments() throws Exception {
        String body = "{'model':'rerank-v3.5','query':'q','documents':['a','b','c'],'top_n':2}";
        JsonNode ranked = post("/v2/rerank", body.replace('\'', '"'));

        assertThat(ranked.path("results").size()).isEqualTo(2);
        assertThat(ranked.at("/results/0/relevance_score").asDouble())
                .isGreaterThan(ranked.at("/results/1/relevance_score").asDouble());
        assertThat(ranked.at("/meta/billed_units/search_units").asInt()).isEqualTo(1);
    }

    private static String body(String inner, boolean stream) {
        String options = stream ? ",'stream':true,'stream_options':{'include_usage':true}" : "";
        return ("{'model':'m'," + inner + options + "}").replace('\'', '"');
    }

    private static Preparation.Ready prepared(Protocol protocol, Endpoint endpoint, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        var facts =
                (RequestPeek.Facts)
                        RequestPeek.of(
                                endpoint, bytes, bytes.length, /* wantCanonicalHash= */ false);
        Preparation made =
                protocol.prepare(new ModelCall(endpoint, bytes, bytes.length, facts, null));
        assertThat(made).as(body).isInstanceOf(Preparation.Ready.class);
        return (Preparation.Ready) made;
    }

    private UpstreamResponse send(Preparation.Ready ready) {
        var request =
                new UpstreamRequest(
                        "POST", ready.target(), ready.headers(), ready.body(), DEADLINES);
        return ((Exchange.Answered) transport.send(request)).response();
    }

    private Told chat(Protocol protocol, String body, boolean stream) throws Exception {
        Preparation.Ready ready = prepared(protocol, Endpoint.CHAT_COMPLETIONS, body);
        try (UpstreamResponse response = send(ready)) {
            if (response.status() != 200) {
                throw new AssertionError(new String(response.readAll(1 << 20), UTF_8) + body);
            }
            if (!stream) {
                return told(JSON.readTree(ready.translation().answer(response.readAll(1 << 20))));
            }
            String type = String.valueOf(response.header("content-type"));
            assertThat(ready.translation().isStream(type)).isTrue();
            return streamed(all(ready.translation().stream(response::read)));
        }
    }

    private static String all(ByteSource source) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        for (int count = source.read(some, 0, some.length);
                count >= 0;
                count = source.read(some, 0, some.length)) {
            all.write(some, 0, count);
        }
        return all.toString(UTF_8);
    }

    private static Told told(JsonNode answer) {
        JsonNode message = answer.at("/choices/0/message");
        List<String> calls = new ArrayList<>();
        message.path("tool_calls")
                .forEach(call ->
                        calls.add(
                                call.at("/function/name").asText()
                                        + call.at("/function/arguments").asText()));
        return told(
                message.path("content").asText(""),
                message.path("reasoning_content").asText(),
                calls,
                answer.at("/choices/0/finish_reason").asText(),
                answer.path("usage"));
    }

    private static Told told(
            String text, String reasoning, List<String> calls, String finish, JsonNode usage) {
        assertThat(usage.isObject()).as("usage is told").isTrue();
        return new Told(
                text.equals("null") ? "" : text,
                reasoning,
                calls,
                finish,
                usage.path("prompt_tokens").asLong(),
                usage.at("/prompt_tokens_details/cached_tokens").asLong(),
                usage.path("completion_tokens").asLong());
    }

    private static Told streamed(String events) throws IOException {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        Map<Integer, String> calls = new TreeMap<>();
        String finish = "";
        JsonNode usage = JSON.missingNode();
        assertThat(events.stripTrailing()).endsWith("data: [DONE]");
        for (String line : events.lines().toList()) {
            if (!line.startsWith("data: {")) {
                continue;
            }
            JsonNode chunk = JSON.readTree(line.substring("data: ".length()));
            JsonNode delta = chunk.at("/choices/0/delta");
            text.append(delta.path("content").asText(""));
            reasoning.append(delta.path("reasoning_content").asText(""));
            for (JsonNode call : delta.path("tool_calls")) {
                calls.merge(
                        call.path("index").asInt(),
                        call.at("/function/name").asText("")
                                + call.at("/function/arguments").asText(""),
                        String::concat);
            }
            JsonNode reason = chunk.at("/choices/0/finish_reason");
            finish = reason.isTextual() ? reason.textValue() : finish;
            usage = chunk.path("usage").isObject() ? chunk.path("usage") : usage;
        }
        return told(
                text.toString(), reasoning.toString(), List.copyOf(calls.values()), finish, usage);
    }

    private JsonNode embed(Protocol protocol, String body) throws Exception {
        Preparation.Ready ready = prepared(protocol, Endpoint.EMBEDDINGS, body);
        try (UpstreamResponse response = send(ready)) {
            assertThat(response.status()).isEqualTo(200);
            return JSON.readTree(ready.translation().answer(response.readAll(1 << 20)));
        }
    }

    private JsonNode lastAttempt() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(home() + "/_sim/ledger?attempts=1"));
        String ledger = observer.send(request.build(), BodyHandlers.ofString()).body();
        return JSON.readTree(ledger).at("/attempts/0");
    }

    private JsonNode post(String path, String body) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(home() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        return JSON.readTree(observer.send(request.build(), BodyHandlers.ofString()).body());
    }

    private void scenario(String scenario) throws Exception {
        post("/_sim/scenario", scenario);
    }

    private void clearScenarios() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(home() + "/_sim/scenario")).DELETE();
        observer.send(request.build(), BodyHandlers.discarding());
    }
}
