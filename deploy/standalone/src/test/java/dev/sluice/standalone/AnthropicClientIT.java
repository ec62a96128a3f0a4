package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Anthropic's own client and a model of each provider, behind the gateway. */
@TestInstance(Lifecycle.PER_CLASS)
class AnthropicClientIT {

    static final List<String> MODELS = ProviderHouse.CHATS;

    /** Cohere cannot be told which tool to call. */
    private static final Set<String> NAMES_NO_TOOL = Set.of("command");

    /** These cannot be told to call one tool at a time. */
    private static final Set<String> CALLS_SIDE_BY_SIDE = Set.of("command", "gemini", "vertex");

    /** What the client makes of a provider's status: its class, the status and the type it sees. */
    private static final Map<String, String> ERRORS =
            Map.of(
                    "400", "BadRequestError 400 invalid_request_error",
                    "401", "AuthenticationError 401 authentication_error",
                    "403", "PermissionDeniedError 403 permission_error",
                    "404", "NotFoundError 404 not_found_error",
                    "429", "RateLimitError 429 rate_limit_error",
                    "500", "InternalServerError 500 api_error",
                    "503", "InternalServerError 503 overloaded_error");

    private ProviderHouse house;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        house = ProviderHouse.open(folder);
    }

    @AfterAll
    void stop() {
        house.close();
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void readsEveryModelAsAClaude(String model) throws Exception {
        Path folder = NodeClient.installed("anthropic-providers.mjs");

        JsonNode seen =
                new ObjectMapper()
                        .readTree(
                                NodeClient.run(
                                        folder,
                                        "anthropic-providers.mjs",
                                        house.url(),
                                        ProviderHouse.KEY,
                                        model,
                                        house.simulator(),
                                        ProviderHouse.providerKey(model)));

        words(seen);
        tools(seen, model);
        assertThat(seen.path("counted").asInt()).isPositive();
        ERRORS.forEach((status, error) -> {
            // AWS refuses credentials by 403 alone.
            boolean isAws = model.equals("bedrock") && status.equals("401");
            assertThat(error(seen.path("errors").path(status)))
                    .as(status)
                    .isEqualTo(isAws ? ERRORS.get("403") : error);
        });
        assertThat(error(seen.path("streamError"))).isEqualTo(ERRORS.get("429"));
        assertThat(seen.at("/brokenStream/name").asText()).isIn("APIError", "InternalServerError");
        assertThat(error(seen.path("wrongModel"))).isEqualTo(ERRORS.get("400"));
        assertThat(error(seen.path("wrongBody"))).isEqualTo(ERRORS.get("400"));
    }

    private static void words(JsonNode seen) {
        assertThat(seen.path("text").asText())
                .isNotEmpty()
                .isEqualTo(seen.path("streamedText").asText());
        assertThat(seen.path("stopReason").asText()).isEqualTo("end_turn");
        assertThat(seen.at("/usage/0").asInt()).isPositive();
        assertThat(seen.at("/usage/1").asInt()).isPositive();
        assertThat(seen.path("streamedUsage")).isEqualTo(seen.path("usage"));
        assertThat(seen.path("events")).hasToString("[\"message_start\",\"message_stop\"]");
        assertThat(seen.path("cut")).hasToString("[\"max_tokens\",5]");
    }

    private static void tools(JsonNode seen, String model) {
        assertThat(seen.path("toolStop").asText()).isEqualTo("tool_use");
        assertThat(seen.path("calls")).hasSize(2).isEqualTo(seen.path("streamedCalls"));
        assertThat(seen.at("/calls/0/0").asText()).isEqualTo("weather");
        assertThat(seen.at("/calls/0/1/city").asText()).isNotEmpty();
        assertThat(seen.at("/calls/0/1/days").isInt()).isTrue();
        assertThat(seen.at("/calls/1/0").asText()).isEqualTo("news");
        assertThat(seen.path("distinctIds").asInt()).isEqualTo(2);
        assertThat(seen.path("forced").asText()).isEqualTo("tool_use");
        assertThat(seen.at("/concluded/0").asText()).isEqualTo("end_turn");
        assertThat(seen.at("/concluded/1").asText()).isNotEmpty();
        oneCall(seen.path("named"), "news", NAMES_NO_TOOL.contains(model));
        oneCall(seen.path("alone"), "weather", CALLS_SIDE_BY_SIDE.contains(model));
    }

    /** What a provider has nothing for is refused. */
    private static void oneCall(JsonNode outcome, String tool, boolean isRefused) {
        if (isRefused) {
            assertThat(error(outcome)).isEqualTo(ERRORS.get("400"));
        } else {
            assertThat(outcome.path("accepted")).as("%s", outcome).hasSize(1);
            assertThat(outcome.at("/accepted/0/0").asText()).isEqualTo(tool);
        }
    }

    private static String error(JsonNode failure) {
        return "%s %s %s"
                .formatted(
                        failure.path("name").asText(),
                        failure.path("status").asText(),
                        failure.path("type").asText());
    }
}
