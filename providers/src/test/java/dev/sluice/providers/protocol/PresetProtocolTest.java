package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.providers.transport.Slice;
import dev.sluice.schemas.config.PresetParameters;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A deployment's own parameters for who says none, and what is dropped inside of one. */
class PresetProtocolTest {

    private static final String HI = "{'model':'m','messages':[{'role':'user','content':'Hi'}]%s}";

    private static final TokenSources NO_TOKENS =
            new TokenSources() {
                @Override
                public AccessTokens google(ProtocolSettings settings) {
                    return Optional::empty;
                }

                @Override
                public AccessTokens entra(ProtocolSettings settings) {
                    return Optional::empty;
                }
            };

    private static Protocol protocol(
            String provider, Parameters parameters, Map<String, Object> extra) {
        return Protocols.of(
                        new ProtocolSettings(
                                provider,
                                "m",
                                new Secret("k"),
                                null,
                                null,
                                null,
                                parameters,
                                Map.of(),
                                Map.of(),
                                extra,
                                _ -> null),
                        NO_TOKENS)
                .orElseThrow();
    }

    private static Parameters dropping(String... paths) {
        return new Parameters(false, List.of(paths), List.of());
    }

    private static JsonNode sent(Protocol protocol, ModelCall call) {
        var bytes = new ByteArrayOutputStream();
        for (Slice slice : Calls.ready(protocol, call).body()) {
            bytes.write(slice.array(), slice.offset(), slice.length());
        }
        return Exchanges.tree(bytes.toString(UTF_8));
    }

    private static JsonNode chat(Protocol protocol, String more) {
        return sent(protocol, Calls.chat(HI.formatted(more)));
    }

    @Test
    void whatTheCallerDoesNotSayIsTheConfigs() {
        Protocol groq =
                protocol(
                        "groq",
                        Parameters.STRICT,
                        Map.of(
                                "temperature",
                                new BigDecimal("0.2"),
                                "seed",
                                7L,
                                "stop",
                                List.of("a", "b"),
                                "response_format",
                                Map.of("type", "json_object"),
                                "some_provider_setting",
                                "x"));

        JsonNode sent = chat(groq, ",'seed':9");

        assertThat(sent.path("temperature").decimalValue()).isEqualByComparingTo("0.2");
        assertThat(sent.path("seed").asInt()).isEqualTo(9);
        assertThat(sent.path("stop")).hasToString("[\"a\",\"b\"]");
        assertThat(sent.path("response_format")).hasToString("{\"type\":\"json_object\"}");
        assertThat(sent.has("some_provider_setting")).isFalse();
        assertThat(sent.at("/messages/0/content").asText()).isEqualTo("Hi");
    }

    @Test
    void theConfigKnowsEachOfThemByName() {
        Set<String> known = new HashSet<>();
        PresetProtocol.KNOWN.values().forEach(known::addAll);

        assertThat(known).isEqualTo(PresetParameters.NAMES);
    }

    @Test
    void aNullIsTheCallersWordToo() {
        Protocol groq = protocol("groq", Parameters.STRICT, Map.of("temperature", 1L));

        assertThat(chat(groq, ",'temperature':null").path("temperature").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "max_tokens, max_completion_tokens",
        "max_completion_tokens, max_tokens",
        "reasoning_effort, thinking"
    })
    void whoSaysItInAnotherWordHasSaidIt(String preset, String said) {
        Protocol router = protocol("openrouter", Parameters.STRICT, Map.of(preset, 5L));

        JsonNode sent = chat(router, ",'" + said + "':9");

        assertThat(sent.has(preset)).isFalse();
        assertThat(sent.path(said).asInt()).isEqualTo(9);
        assertThat(chat(router, "").path(preset).asInt()).isEqualTo(5);
    }

    @Test
    void otherWiresAreToldToo() {
        Protocol claude =
                protocol("anthropic", Parameters.STRICT, Map.of("max_tokens", 77L, "top_k", 5L));

        JsonNode sent = chat(claude, "");

        assertThat(sent.path("max_tokens").asInt()).isEqualTo(77);
        assertThat(sent.path("top_k").asInt()).isEqualTo(5);
        assertThat(chat(claude, ",'max_tokens':3").path("max_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void whatTheProviderLacksIsRefusedThoughTheConfigSaysIt() {
        Protocol claude = protocol("anthropic", Parameters.STRICT, Map.of("seed", 7L));

        assertThat(Calls.refused(claude, Calls.chat(HI.formatted(""))).message()).contains("seed");
    }

    @Test
    void eachEndpointHasItsOwn() {
        Protocol openAi =
                protocol(
                        "openai", Parameters.STRICT, Map.of("temperature", 1L, "dimensions", 256L));
        var embedding =
                Calls.call(
                        Endpoint.EMBEDDINGS, Exchanges.tree("{\"model\":\"m\",\"input\":\"a\"}"));

        assertThat(sent(openAi, embedding))
                .hasToString("{\"model\":\"m\",\"input\":\"a\",\"dimensions\":256}");
        assertThat(chat(openAi, "").has("dimensions")).isFalse();
    }

    @Test
    void aModelOfThePathNeedsNoneInTheBody() {
        byte[] body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"seed\":1}"
                        .getBytes(UTF_8);
        var facts =
                (RequestPeek.Facts)
                        RequestPeek.of(
                                Endpoint.CHAT_COMPLETIONS, body, body.length, false, "of-path");
        var call = new ModelCall(Endpoint.CHAT_COMPLETIONS, body, body.length, facts, null);

        assertThat(
                        sent(protocol("openai", Parameters.STRICT, Map.of("top_p", 1L)), call)
                                .path("model")
                                .asText())
                .isEqualTo("m");
        assertThat(sent(protocol("openai", dropping("seed"), Map.of()), call).path("model"))
                .hasToString("\"m\"");
    }

    @Test
    void whatNothingIsSaidOfPassesAsTheBytesThatItIs() {
        for (Map<String, Object> extra :
                List.<Map<String, Object>>of(Map.of(), Map.of("region_name", "eu"))) {
            assertThat(protocol("openai", Parameters.STRICT, extra))
                    .isInstanceOf(OpenAiProtocol.class);
        }
        ModelCall call = Calls.chat(HI.formatted(",'seed' : 1"));
        for (Protocol protocol :
                List.of(
                        protocol("openai", Parameters.STRICT, Map.of("seed", 5L)),
                        protocol("openai", dropping("tools[*].strict"), Map.of()))) {
            assertThat(Calls.ready(protocol, call).body())
                    .filteredOn(slice -> slice.length() > 3)
                    .isNotEmpty()
                    .allSatisfy(slice -> assertThat(slice.array()).isSameAs(call.body()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tools[*].input_examples|{'tools':[{'name':'a','input_examples':[1]},{'name':'b'}]}|{'tools':[{'name':'a'},{'name':'b'}]}",
                "tools[0].function.strict|{'tools':[{'function':{'strict':true}},{'function':{'strict':true}}]}|{'tools':[{'function':{}},{'function':{'strict':true}}]}",
                "metadata.note|{'metadata':{'note':1,'kept':2}}|{'metadata':{'kept':2}}",
                "stop[1]|{'stop':['a','b','c']}|{'stop':['a','c']}",
                "stop[*]|{'stop':['a','b']}|{'stop':[]}",
                "a[*][0].b|{'a':[[{'b':1},{'b':1}],[]]}|{'a':[[{},{'b':1}],[]]}",
                "metadata.note|{'metadata':'note'}|{'metadata':'note'}",
                "stop[9]|{'stop':['a']}|{'stop':['a']}",
            })
    void whatIsNamedByAPathIsTakenOut(String path, String before, String after) {
        var request = Exchanges.tree(before.replace('\'', '"'));

        DropPath.of(path).orElseThrow().dropFrom((ObjectNode) request);

        assertThat(request).isEqualTo(Exchanges.tree(after.replace('\'', '"')));
    }

    @ParameterizedTest
    @CsvSource({"temperature", "''", "[0].a", "a.", "a..b", "a[", "a[x]", "a[*]b", ".a.b", "a[-1]"})
    void otherTextsAreNoPaths(String text) {
        assertThat(DropPath.of(text)).isEmpty();
    }

    @Test
    void aPathIsDroppedWhateverTheWireAndAgainInTheNextCall() {
        String tools =
                ",'tools':[{'type':'function','function':{'name':'f','description':'gone',"
                        + "'parameters':{'type':'object'}}}]";
        Protocol claude =
                protocol("anthropic", dropping("tools[*].function.description"), Map.of());
        Protocol openAi =
                protocol(
                        "openai",
                        dropping("tools[*].function.description"),
                        Map.of(
                                "tools",
                                List.of(
                                        Map.of(
                                                "type",
                                                "function",
                                                "function",
                                                Map.of("name", "own", "description", "gone")))));

        assertThat(chat(claude, tools).path("tools")).hasSize(1);
        assertThat(chat(claude, tools).toString()).doesNotContain("gone");
        for (int call = 0; call < 2; call++) {
            assertThat(chat(openAi, "").at("/tools/0/function").toString())
                    .isEqualTo("{\"name\":\"own\"}");
        }
    }
}
