package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads LiteLLM's own map. It is not part of the repository: {@code SLUICE_SHARED} says where it
 * is, or {@code ../shared} beside it. Tests without it count as skipped.
 */
class LitellmPriceMapTest {

    /** Where the bundled book says something else, and why: see docs/prices.md. */
    private static final Set<String> DECIDED_OTHERWISE =
            Set.of(
                    "anthropic/claude-3-haiku-20240307",
                    "anthropic/claude-3-opus-20240229",
                    "bedrock/amazon.nova-lite-v1:0",
                    "bedrock/amazon.nova-micro-v1:0",
                    "bedrock/amazon.nova-pro-v1:0",
                    "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
                    "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0",
                    "cohere/command-r7b-12-2024",
                    "mistral/codestral-latest",
                    "mistral/mistral-medium-latest",
                    "mistral/mistral-small-3-2-2506",
                    "mistral/mistral-small-latest",
                    "openai/gpt-5-nano",
                    "xai/grok-4",
                    "xai/grok-4-0709",
                    "xai/grok-4-latest");

    @Test
    void loadsEveryEntryOrSaysWhyNot() throws IOException {
        PriceBook map = PriceBook.read(file());
        Map<String, Integer> reasons = new TreeMap<>();
        map.skipped()
                .values()
                .forEach(reason ->
                        reasons.merge(reason.replaceAll("model as .*", "model"), 1, Integer::sum));

        int repeated = requireNonNull(reasons.get("the file says it again"));
        assertThat(map.size() + map.skipped().size() - repeated).isEqualTo(2842);
        assertThat(reasons)
                .containsOnlyKeys(
                        "the file says it again",
                        "it has no price",
                        "it is the same model",
                        "it has a price for input or for output alone");
        assertThat(repeated).isLessThan(10);
        assertThat(reasons.get("it is the same model")).isLessThan(40);
        assertThat(reasons.get("it has a price for input or for output alone")).isLessThan(10);
        assertThat(map.version()).matches("litellm/[0-9a-f]{12}");
    }

    @Test
    void agreesWithTheBundledBookWhereBothSpeak() throws IOException {
        PriceBook map = PriceBook.read(file());
        PriceBook bundled = PriceBook.bundled();
        List<String> differing = new ArrayList<>();
        int compared = 0;
        for (Map.Entry<PriceBook.Model, PriceBook.Entry> entry : bundled.entries().entrySet()) {
            PriceBook.Entry other = map.entries().get(entry.getKey());
            if (other == null || other.price().isEmpty() || entry.getValue().price().isEmpty()) {
                continue;
            }
            compared++;
            if (differ(entry.getValue().price().get(), other.price().get())) {
                differing.add(entry.getKey().provider() + "/" + entry.getKey().name());
            }
        }

        assertThat(differing).containsExactlyInAnyOrderElementsOf(DECIDED_OTHERWISE);
        assertThat(compared).isGreaterThan(900);
    }

    /** Every class, tier and length for itself: a million tokens show a millionth of a dollar. */
    private static boolean differ(Price one, Price other) {
        for (ServiceTier tier : ServiceTier.values()) {
            if (tier == ServiceTier.BATCH && !other.sheet().has(tier)) {
                continue; // Anthropic's batches, which the map does not know.
            }
            for (long above : one.sheet().steps()) {
                for (TokenClass tokenClass : TokenClass.values()) {
                    BigDecimal left = one.sheet().rates(tier, above).of(tokenClass);
                    BigDecimal right = other.sheet().rates(tier, above).of(tokenClass);
                    boolean neverReported =
                            tokenClass == TokenClass.CACHE_WRITE_5M
                                    || tokenClass == TokenClass.CACHE_WRITE_1H;
                    if (left.compareTo(right) != 0 && !(neverReported && right.signum() == 0)) {
                        return true;
                    }
                }
            }
        }
        return !one.sheet().steps().equals(other.sheet().steps());
    }

    @ParameterizedTest
    @CsvSource({
        "fireworks_ai, accounts/fireworks/models/deepseek-v3, 900000, 900000",
        "vertex_ai, gemini-2.5-flash, 300000, 2500000",
        "vertex_ai, claude-sonnet-4@20250514, 3000000, 15000000",
        "dashscope, qwen-flash, 50000, 400000",
        "together_ai, BAAI/bge-base-en-v1.5, 8000, 0",
    })
    void findsAModelOfTheMap(String provider, String model, long input, long output)
            throws IOException {
        Price price = PriceBook.read(file()).find(provider, model).orElseThrow();

        assertThat(price.cost(Usage.of(1, 0))).isEqualTo(input);
        assertThat(price.cost(Usage.of(0, 1))).isEqualTo(output);
    }

    @Test
    void readsTiersLengthsAndUnits() throws IOException {
        PriceBook map =
                read(
                        """
                        {"sample_spec": {"input_cost_per_token": 7},
                         "p/m": {"litellm_provider": "p", "input_cost_per_token": 1e-06,
                           "output_cost_per_token": 2e-06, "input_cost_per_token_flex": 5e-07,
                           "input_cost_per_token_above_200k_tokens": 3e-06,
                           "cache_creation_input_token_cost_above_1hr": 4e-06,
                           "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 8e-06,
                           "input_cost_per_token_batches": 2.5e-07,
                           "input_cost_per_token_cache_hit": 1e-08,
                           "input_cost_per_second": 0.01, "supports_vision": true,
                           "max_tokens": 4096},
                         "p/stepped": {"litellm_provider": "p", "tiered_pricing": [
                           {"range": [0, 100], "input_cost_per_token": 1e-06,
                            "output_cost_per_token": 1e-06},
                           {"range": [100, 200], "input_cost_per_token": 2e-06,
                            "output_cost_per_token": 2e-06}]}}
                        """);
        Price price = map.find("p", "m").orElseThrow();
        Price stepped = map.find("p", "stepped").orElseThrow();

        assertThat(price.cost(Usage.of(1, 1))).isEqualTo(3_000_000);
        assertThat(price.cost(Usage.of(1, 0), ServiceTier.FLEX)).isEqualTo(500_000);
        assertThat(price.cost(Usage.of(1, 0), ServiceTier.BATCH)).isEqualTo(250_000);
        assertThat(price.cost(Usage.of(200_001, 0))).isEqualTo(200_001 * 3_000_000L);
        assertThat(price.cost(new Usage(0, 0, 0, 1, 0, 0, 0, 0, 0))).isEqualTo(4_000_000);
        assertThat(price.cost(new Usage(0, 0, 0, 200_001, 0, 0, 0, 0, 0)))
                .isEqualTo(200_001 * 8_000_000L);
        assertThat(price.cost(new Usage(0, 1, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(10_000);
        assertThat(map.units("p", "m"))
                .containsExactly(Map.entry(PriceUnit.INPUT_SECOND, new BigDecimal("0.01")));
        assertThat(stepped.cost(Usage.of(100, 0))).isEqualTo(100_000_000);
        assertThat(stepped.cost(Usage.of(101, 1))).isEqualTo(204_000_000);
    }

    @Test
    void knowsThatAPriceOfZeroIsAPriceAndThatNoPriceIsNone() throws IOException {
        PriceBook map =
                read(
                        """
                        {"free": {"litellm_provider": "p", "input_cost_per_token": 0,
                                  "output_cost_per_token": 0.0},
                         "unknown": {"litellm_provider": "p", "max_tokens": 8},
                         "half": {"litellm_provider": "p", "input_cost_per_token": 1e-06},
                         "negative": {"litellm_provider": "p", "input_cost_per_token": -1e-06,
                                      "output_cost_per_token": 0},
                         "nobody": {"input_cost_per_token": 1, "output_cost_per_token": 1}}
                        """);

        assertThat(map.find("p", "free").orElseThrow().cost(Usage.of(9, 9))).isZero();
        assertThat(map.find("p", "unknown")).isEmpty();
        assertThat(map.skipped())
                .containsOnlyKeys("unknown", "half", "negative", "nobody")
                .containsEntry("unknown", "it has no price")
                .containsEntry("negative", "the price of input is negative");
    }

    @Test
    void refusesAFileThatIsNoPriceMap() {
        for (String file : List.of("{}", "[]", "{\"a\": 1}", "{\"models\": {}}", "", "{")) {
            assertThatThrownBy(() -> read(file)).as(file).isInstanceOf(IOException.class);
        }
    }

    private static PriceBook read(String file) throws IOException {
        return PriceFile.read(file.getBytes(UTF_8));
    }

    private static Path file() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", ""));
        Path shared = set == null ? root.resolve("../shared") : Path.of(set);
        Path file = shared.resolve("data/prices/model_prices_and_context_window.json");
        Assumptions.assumeTrue(Files.isRegularFile(file), "no price map at hand");
        return file;
    }
}
