package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.providers.transport.Slice;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whom a prefix of LiteLLM's calls, where, as whom, and with what left out. */
class ProtocolsTest {

    static final Set<String> NAMES = Protocols.names();

    private static final String HI = "{'model':'m','messages':[{'role':'user','content':'Hi'}]%s}";
    private static final TokenSources TOKENS =
            new TokenSources() {
                @Override
                public AccessTokens google(ProtocolSettings settings) {
                    return () -> Optional.of(new Secret("of-google"));
                }

                @Override
                public AccessTokens entra(ProtocolSettings settings) {
                    return () -> Optional.of(new Secret("of-entra"));
                }
            };

    @ParameterizedTest
    @FieldSource("NAMES")
    void everyNameCanBeSpokenTo(String provider) {
        Protocol protocol =
                protocol(
                        settings(
                                provider,
                                "a-model",
                                "k",
                                "https://models.example",
                                Map.of("vertex_project", "p", "aws_region_name", "eu-west-1")));

        assertThat(protocol.home()).startsWith("https://");
        assertThat(List.of(Endpoint.values())).anyMatch(protocol::serves);
    }

    @Test
    void everyNameIsInTheDocumentation() throws Exception {
        String page =
                Files.readString(
                        Path.of(requireNonNull(System.getProperty("sluice.root")), "docs")
                                .resolve("providers.md"));

        assertThat(NAMES).allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }

    @Test
    void aNameThatNobodyKnowsHasNoProtocol() {
        assertThat(Protocols.of(settings("nobody", "m", "k", null, Map.of()), TOKENS)).isEmpty();
        assertThat(Protocols.of(settings("vertex_ai", "claude-4", "k", null, Map.of()), TOKENS))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "groq, https://api.groq.com:443",
        "deepseek, https://api.deepseek.com:443",
        "mistral, https://api.mistral.ai:443",
        "xai, https://api.x.ai:443",
        "together_ai, https://api.together.xyz:443",
        "fireworks_ai, https://api.fireworks.ai:443",
        "openrouter, https://openrouter.ai:443",
        "perplexity, https://api.perplexity.ai:443",
        "cerebras, https://api.cerebras.ai:443",
        "nvidia_nim, https://integrate.api.nvidia.com:443",
        "ollama, http://localhost:11434",
        "lm_studio, http://localhost:1234"
    })
    void providersHaveTheirUsualPlaces(String provider, String home) {
        assertThat(protocol(settings(provider, "m", "k", null, Map.of())).home() + ":443")
                .startsWith(home);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hosted_vllm", "custom_openai", "azure", "azure_ai"})
    void whoHasNoUsualPlaceMustBeToldOne(String provider) {
        assertThatThrownBy(() -> protocol(settings(provider, "m", "k", null, Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("api_base");
    }

    @Test
    void theKeyIsTheConfigsOrTheUsualVariables() throws Exception {
        assertThat(
                        Wire.head(base ->
                                Calls.ready(
                                        protocol(settings("groq", "m", null, base + "/", Map.of())),
                                        Calls.chat(HI.formatted("")))))
                .startsWith("POST /chat/completions HTTP/1.1\r\n")
                .contains("Authorization: Bearer value of GROQ_API_KEY\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', /openai/deployments/gpt%204/chat/completions?api-version=2025-02-01-preview",
        "'/', 2024-10-21, /openai/deployments/gpt%204/chat/completions?api-version=2024-10-21",
        "'', v1, /openai/v1/chat/completions",
        "'', preview, /openai/v1/chat/completions?api-version=preview",
        "/openai/v1/, 2024-10-21, /openai/v1/chat/completions",
        "/openai/deployments/other, '',"
                + " /openai/deployments/gpt%204/chat/completions?api-version=2025-02-01-preview",
        "/openai/deployments/other/chat/completions?api-version=1, '',"
                + " /openai/deployments/gpt%204/chat/completions?api-version=2025-02-01-preview"
    })
    void azureHasItsDeploymentsPaths(String tail, String version, String path) throws Exception {
        String head =
                Wire.head(base ->
                        Calls.ready(
                                protocol(
                                        new ProtocolSettings(
                                                "azure",
                                                "gpt 4",
                                                new Secret("k"),
                                                base + tail,
                                                version.isEmpty() ? null : version,
                                                null,
                                                Parameters.STRICT,
                                                Map.of(),
                                                Map.of(),
                                                Map.of(),
                                                _ -> null)),
                                Calls.chat(HI.formatted(""))));

        assertThat(head)
                .startsWith("POST " + path + " HTTP/1.1\r\n")
                .contains("api-key: k\r\n")
                .doesNotContain("Authorization");
    }

    @Test
    void azureTakesATokenWhereThereIsNoKey() {
        var settings =
                new ProtocolSettings(
                        "azure",
                        "m",
                        null,
                        "https://a.openai.azure.com",
                        null,
                        null,
                        Parameters.STRICT,
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        _ -> null);

        assertThat(Calls.ready(protocol(settings), Calls.chat(HI.formatted(""))).headers())
                .containsExactly(Map.entry("Authorization", "Bearer of-entra"));
    }

    @Test
    void whatTheProviderLacksIsRefusedByName() {
        Preparation.Unsupported refused =
                Calls.refused(
                        protocol(settings("mistral", "m", "k", null, Map.of())),
                        Calls.chat(HI.formatted(",'logit_bias':{'1':2}")));

        assertThat(refused.param()).isEqualTo("logit_bias");
        assertThat(refused.message()).contains("'logit_bias'", "drop_params").doesNotContain("'1'");
    }

    @Test
    void whatAsksForNothingIsNotRefused() {
        assertThat(
                        sent(
                                protocol(settings("perplexity", "m", "k", null, Map.of())),
                                HI.formatted(",'n':1,'logprobs':false,'seed':null")))
                .isEqualTo(tree("{'model':'m','messages':[{'role':'user','content':'Hi'}]}"));
    }

    @Test
    void whatTheProviderLacksIsDroppedWhereSoConfigured() {
        var dropping =
                shaped(
                        "mistral",
                        new Parameters(true, List.of("user"), List.of("logprobs")),
                        Map.of());

        assertThat(
                        sent(
                                dropping,
                                HI.formatted(
                                        ",'logit_bias':{'1':2},'user':'u','logprobs':true,'seed':7,'stream':true")))
                .isEqualTo(
                        tree(
                                "{'model':'m','messages':[{'role':'user','content':'Hi'}],'logprobs':true,'stream':true,'random_seed':7}"));
    }

    @Test
    void thinkersOfOpenAiKeepWhatTheyMayRefuseUnlessDroppingIsConfigured() {
        String request = HI.formatted(",'temperature':0.5,'max_tokens':9");
        String kept =
                "{'model':'m','messages':[{'role':'user','content':'Hi'}],'temperature':0.5,'max_completion_tokens':9}";
        var strict = new ProtocolSettings.Parameters(false, List.of(), List.of());

        assertThat(sent(shaped("openai", "gpt-5-mini", strict, Map.of()), request))
                .isEqualTo(tree(kept.replace("'m'", "'gpt-5-mini'")));
        assertThat(
                        sent(
                                shaped(
                                        "openai",
                                        "o3",
                                        new Parameters(true, List.of(), List.of()),
                                        Map.of()),
                                request))
                .isEqualTo(
                        tree(
                                "{'model':'o3','messages':[{'role':'user','content':'Hi'}],'max_completion_tokens':9}"));
    }

    @Test
    void theOperatorsBodyHoldsAgainstTheCallers() {
        Protocol protocol =
                shaped(
                        "openai",
                        Parameters.STRICT,
                        Map.of("temperature", 0L, "safe", true, "model", "x", "stream", true));

        assertThat(sent(protocol, HI.formatted(",'temperature':1")))
                .isEqualTo(
                        tree(
                                "{'model':'m','messages':[{'role':'user','content':'Hi'}],'temperature':0,'safe':true}"));
    }

    @Test
    void aRequestThatConcernsNobodyPassesAsItIs() {
        byte[] request =
                HI.formatted(",'new_field' : 1.50 , 'temperature':1e0")
                        .replace('\'', '"')
                        .getBytes(UTF_8);
        var facts =
                (RequestPeek.Facts)
                        RequestPeek.of(Endpoint.CHAT_COMPLETIONS, request, request.length, false);
        var call = new ModelCall(Endpoint.CHAT_COMPLETIONS, request, request.length, facts, null);

        List<Slice> body =
                Calls.ready(protocol(settings("groq", "m", "k", null, Map.of())), call).body();

        assertThat(body)
                .filteredOn(slice -> slice.length() > 3)
                .isNotEmpty()
                .allSatisfy(slice -> assertThat(slice.array()).isSameAs(call.body()));
        assertThat(text(body))
                .contains("'new_field' : 1.50 , 'temperature':1e0".replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "openai, -, -, true",
                "openai, https://api.openai.com/v1, -, true",
                "openai, https://api.openai.com/v1/responses, -, true",
                "openai, https://models.example/v1, -, false",
                "openai, https://models.example/v1, chat, false",
                "openai, https://models.example/v1, responses, true",
                "hosted_vllm, https://models.example/v1, responses, true",
                "xai, -, -, true",
                "groq, -, -, false",
                "anthropic, -, responses, false",
                "cohere, -, responses, false"
            })
    void responsesAreAtOpenAiAndXaiAndWhereTheConfigSaysSo(
            String provider, @Nullable String base, @Nullable String mode, boolean has) {
        Map<String, Object> extra = mode == null ? Map.of() : Map.of("mode", mode);

        assertThat(protocol(settings(provider, "m", "k", base, extra)).serves(Endpoint.RESPONSES))
                .isEqualTo(has);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://r.openai.azure.com, v1, true",
                "https://r.openai.azure.com, preview, true",
                "https://r.openai.azure.com/openai/v1, -, true",
                "https://r.openai.azure.com, 2025-02-01-preview, false",
                "https://r.openai.azure.com, -, false"
            })
    void azureHasResponsesInItsNewerApi(String base, @Nullable String version, boolean has) {
        var settings =
                new ProtocolSettings(
                        "azure",
                        "m",
                        new Secret("k"),
                        base,
                        version,
                        null,
                        Parameters.STRICT,
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        _ -> null);

        assertThat(protocol(settings).serves(Endpoint.RESPONSES)).isEqualTo(has);
    }

    @ParameterizedTest
    @CsvSource({
        "openai, v1, /v1/responses/resp_1%2F..",
        "azure, preview, /openai/v1/responses/resp_1%2F..?api-version=preview"
    })
    void aKeptResponseIsBelowItsEndpoint(String provider, String version, String path)
            throws Exception {
        String head =
                Wire.head(base -> {
                    String place = provider.equals("azure") ? base : base + "/v1";
                    var settings =
                            new ProtocolSettings(
                                    provider,
                                    "m",
                                    new Secret("k"),
                                    place,
                                    version,
                                    null,
                                    Parameters.STRICT,
                                    Map.of(),
                                    Map.of(),
                                    Map.of("mode", "responses"),
                                    _ -> null);
                    return (Preparation.Ready) protocol(settings).kept("resp_1/..");
                });

        assertThat(head).startsWith("POST " + path + " HTTP/1.1\r\n");
        assertThat(protocol(settings("groq", "m", "k", null, Map.of())).kept("x"))
                .isInstanceOf(Preparation.Unsupported.class);
    }

    private static Protocol shaped(
            String provider, Parameters parameters, Map<String, Object> extraBody) {
        return shaped(provider, "m", parameters, extraBody);
    }

    private static Protocol shaped(
            String provider, String model, Parameters parameters, Map<String, Object> extraBody) {
        return protocol(
                new ProtocolSettings(
                        provider,
                        model,
                        new Secret("k"),
                        null,
                        null,
                        null,
                        parameters,
                        Map.of(),
                        extraBody,
                        Map.of(),
                        _ -> null));
    }

    private static ProtocolSettings settings(
            String provider,
            String model,
            @Nullable String key,
            @Nullable String base,
            Map<String, Object> extra) {
        return new ProtocolSettings(
                provider,
                model,
                key == null ? null : new Secret(key),
                base,
                null,
                null,
                Parameters.STRICT,
                Map.of(),
                Map.of(),
                extra,
                name -> String.valueOf(name).endsWith("_KEY") ? "value of " + name : null);
    }

    private static Protocol protocol(ProtocolSettings settings) {
        return Protocols.of(settings, TOKENS).orElseThrow();
    }

    private static JsonNode sent(Protocol protocol, String request) {
        return Exchanges.tree(text(Calls.ready(protocol, Calls.chat(request)).body()));
    }

    private static String text(List<Slice> body) {
        var bytes = new ByteArrayOutputStream();
        body.forEach(slice -> bytes.write(slice.array(), slice.offset(), slice.length()));
        return bytes.toString(UTF_8);
    }

    private static JsonNode tree(String json) {
        return Exchanges.tree(json.replace('\'', '"'));
    }
}
