package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;

/** Lists of inputs of which a part is known, where things do not go as usual. */
class CachedListsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EMBED = "/v1/embeddings";

    @TempDir private Path data;
    private EchoProvider provider;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        provider = new EchoProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                          - model_name: vectors
                            litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k}
                          - model_name: others
                            litellm_params: {model: openai/o, api_base: PROVIDER/o/v1, api_key: k}
                        litellm_settings: {cache: true}
                        router_settings: {num_retries: 0, disable_cooldowns: true, fallbacks: [{vectors: [others]}]}
                        """
                                .replace("PROVIDER", provider.url()));
    }

    @AfterEach
    void stop() throws Exception {
        provider.close();
        gateway.close();
    }

    @Test
    void asksWhoStandsInForTheWholeList() throws Exception {
        embed("[\"known\"]", "");

        HttpResponse<String> answer = embed("[\"elsewhere\", \"known\"]", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "x-litellm-model-group")).isEqualTo("others");
        assertThat(answer.headers().firstValue("x-sluice-cached-inputs")).isEmpty();
        assertThat(provider.asked().get(1).path("input"))
                .isEqualTo(JSON.readTree("[\"elsewhere\"]"));
        assertThat(provider.last().path("input"))
                .isEqualTo(JSON.readTree("[\"elsewhere\", \"known\"]"));
        assertThat(vector(answer, 0)).isEqualTo("\"elsewhere\"".hashCode());
        assertThat(vector(answer, 1)).isEqualTo("\"known\"".hashCode());
        assertThat(header(embed("[\"known\"]", ""), "x-sluice-cache-hit")).isEqualTo("process");
        assertThat(header(embed("[\"elsewhere\"]", ""), "x-sluice-cache-hit")).isEmpty();
    }

    @Test
    void keepsTheOrderWhereAProviderCallsEachVectorTheFirst() throws Exception {
        embed("[\"known\"]", "");

        HttpResponse<String> answer = embed("[\"zeros\", \"known\", \"more zeros\"]", "");

        assertThat(vector(answer, 0)).isEqualTo("\"zeros\"".hashCode());
        assertThat(vector(answer, 1)).isEqualTo("\"known\"".hashCode());
        assertThat(vector(answer, 2)).isEqualTo("\"more zeros\"".hashCode());
        HttpResponse<String> one = embed("[\"more zeros\"]", "");
        assertThat(header(one, "x-sluice-cache-hit")).isEqualTo("process");
        assertThat(vector(one, 0)).isEqualTo("\"more zeros\"".hashCode());
    }

    @Test
    void usesWhatIsKnownWhereNothingMayBeKept() throws Exception {
        embed("[\"known\"]", "");

        HttpResponse<String> part =
                embed("[\"known\", \"new\"]", ", \"cache\": {\"no-store\": true}");

        assertThat(header(part, "x-sluice-cached-inputs")).isEqualTo("1");
        assertThat(provider.last().path("input")).isEqualTo(JSON.readTree("[\"new\"]"));
        assertThat(vector(part, 1)).isEqualTo("\"new\"".hashCode());
        assertThat(header(embed("[\"new\"]", ""), "x-sluice-cache-hit")).isEmpty();
    }

    @Test
    void takesAListBackByTheKeyThatItsCallersSee() throws Exception {
        String list = "[\"one\", \"two\"]";
        embed(list, "");
        HttpResponse<String> hit = embed(list, "");
        String key = header(hit, "x-litellm-cache-key");
        assertThat(header(hit, "x-sluice-cache-hit")).isEqualTo("process");

        gateway.post("/cache/delete", "{\"keys\": [\"%s\"]}".formatted(key));

        assertThat(header(embed(list, ""), "x-sluice-cache-hit")).isEmpty();
        assertThat(provider.last().path("input")).isEqualTo(JSON.readTree(list));
        assertThat(header(embed(list, ""), "x-sluice-cache-hit")).isEqualTo("process");
    }

    private HttpResponse<String> embed(String input, String more) {
        return gateway.post(
                EMBED, "{\"model\": \"vectors\", \"input\": %s%s}".formatted(input, more));
    }

    private static int vector(HttpResponse<String> answer, int place) throws Exception {
        JsonNode element = JSON.readTree(answer.body()).path("data").path(place);
        assertThat(element.path("index").asInt()).isEqualTo(place);
        return element.path("embedding").path(0).asInt();
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
