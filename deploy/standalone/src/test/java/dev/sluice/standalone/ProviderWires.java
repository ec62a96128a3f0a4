package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

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

/** A simulator that speaks every provider's wire, and our protocols before it. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ProviderWires {

    static final ObjectMapper JSON = new ObjectMapper();
    static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(30));

    static final String SAID =
            "'messages':[{'role':'system','content':'Be brief.'},"
                    + "{'role':'user','content':'Where does the river flow, %s?'}]";
    static final String TOOLS =
            ",'tools':[{'type':'function','function':{'name':'weather','parameters':{'type':'object',"
                    + "'properties':{'city':{'type':'string'},'days':{'type':'integer'},"
                    + "'unit':{'type':'string','enum':['C','F']}},'required':['city','days','unit']}}},"
                    + "{'type':'function','function':{'name':'clock','parameters':{'type':'object',"
                    + "'properties':{'zone':{'type':'string'}},'required':['zone']}}}]";
    static final String RESULTS =
            "'messages':[{'role':'user','content':'Weather?'},"
                    + "{'role':'assistant','content':null,'tool_calls':[{'id':'call_1','type':'function',"
                    + "'function':{'name':'weather','arguments':'{\\'city\\':\\'Bern\\'}'}}]},"
                    + "{'role':'tool','tool_call_id':'call_1','content':'sunny and warm'}]";
    static final String SCHEMA =
            ",'response_format':{'type':'json_schema','json_schema':{'name':'town','strict':true,"
                    + "'schema':{'type':'object','additionalProperties':false,"
                    + "'properties':{'name':{'type':'string'},'people':{'type':'integer'},"
                    + "'rivers':{'type':'array','items':{'type':'string'}}},"
                    + "'required':['name','people','rivers']}}}";

    Simulator simulator;
    SocketTransport transport;
    HttpClient observer;

    /** Whom to call, as which model of his. */
    enum Wire {
        ANTHROPIC("anthropic", "claude-sonnet-4-5", ""),
        OLD_ANTHROPIC("anthropic", "claude-3-7-sonnet-20250219", ""),
        GEMINI("gemini", "gemini-2.5-flash", "/v1beta"),
        VERTEX("vertex_ai", "gemini-2.5-flash", "/v1beta1"),
        BEDROCK("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", ""),
        COHERE("cohere", "command-a-reasoning-08-2025", ""),
        AZURE("azure", "gpt-5", "");

        final String provider;
        final String model;
        final String path;

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

        final String body;

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

    record Told(
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

    String home() {
        return "http://127.0.0.1:" + simulator.port();
    }

    Protocol protocol(String provider, String model, String path, String key) {
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

    Protocol own(Wire wire) {
        return protocol(wire.provider, wire.model, wire.path, "sk-own");
    }

    Protocol openAi(Wire wire) {
        return protocol("openai", wire.model, "/v1", "sk-openai");
    }

    static String body(String inner, boolean stream) {
        String options = stream ? ",'stream':true,'stream_options':{'include_usage':true}" : "";
        return ("{'model':'m'," + inner + options + "}").replace('\'', '"');
    }

    static Preparation.Ready prepared(Protocol protocol, Endpoint endpoint, String body) {
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

    UpstreamResponse send(Preparation.Ready ready) {
        var request =
                new UpstreamRequest(
                        "POST", ready.target(), ready.headers(), ready.body(), DEADLINES);
        return ((Exchange.Answered) transport.send(request)).response();
    }

    Told chat(Protocol protocol, String body, boolean stream) throws Exception {
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

    static String all(ByteSource source) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        for (int count = source.read(some, 0, some.length);
                count >= 0;
                count = source.read(some, 0, some.length)) {
            all.write(some, 0, count);
        }
        return all.toString(UTF_8);
    }

    static Told told(JsonNode answer) {
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

    static Told told(
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

    static Told streamed(String events) throws IOException {
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

    JsonNode embed(Protocol protocol, String body) throws Exception {
        Preparation.Ready ready = prepared(protocol, Endpoint.EMBEDDINGS, body);
        try (UpstreamResponse response = send(ready)) {
            assertThat(response.status()).isEqualTo(200);
            return JSON.readTree(ready.translation().answer(response.readAll(1 << 20)));
        }
    }

    JsonNode lastAttempt() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(home() + "/_sim/ledger?attempts=1"));
        String ledger = observer.send(request.build(), BodyHandlers.ofString()).body();
        return JSON.readTree(ledger).at("/attempts/0");
    }

    JsonNode post(String path, String body) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(home() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        return JSON.readTree(observer.send(request.build(), BodyHandlers.ofString()).body());
    }

    void scenario(String scenario) throws Exception {
        post("/_sim/scenario", scenario);
    }

    void clearScenarios() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(home() + "/_sim/scenario")).DELETE();
        observer.send(request.build(), BodyHandlers.discarding());
    }
}
