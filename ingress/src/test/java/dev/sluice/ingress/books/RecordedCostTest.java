package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.metering.Price;
import dev.sluice.metering.PriceBook;
import dev.sluice.metering.ServiceTier;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.usage.AnthropicUsage;
import dev.sluice.providers.usage.CohereUsage;
import dev.sluice.providers.usage.ConverseUsage;
import dev.sluice.providers.usage.GeminiUsage;
import dev.sluice.providers.usage.ResponsesUsage;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What recorded answers cost, to the picodollar. The recordings are not part of the repository:
 * {@code SLUICE_SHARED} says where they are, or {@code ../shared} beside it. Tests without them
 * count as skipped.
 */
class RecordedCostTest {

    private static final String TABLE = "recorded-costs.csv";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PriceBook BOOK = PriceBook.bundled();

    @ParameterizedTest(name = "{0}")
    @CsvFileSource(resources = TABLE, numLinesToSkip = 1)
    void costsWhatWasWorkedOutByHand(
            String file,
            String form,
            String provider,
            String model,
            long input,
            long cachedRead,
            long cacheWrite5m,
            long cacheWrite1h,
            long output,
            long reasoning,
            long image,
            long costPico)
            throws IOException {
        List<JsonNode> stated = statedUsages(file);

        Usage usage = normalised(form, stated);
        Price price = BOOK.find(provider, model).orElseThrow();

        assertThat(usage)
                .isEqualTo(
                        new Usage(
                                input,
                                cachedRead,
                                cacheWrite5m,
                                cacheWrite1h,
                                output,
                                reasoning,
                                0,
                                0,
                                image));
        assertThat(price.cost(usage, tier(file))).isEqualTo(costPico);
        BigDecimal charged = charged(provider, stated.getLast());
        if (charged != null) {
            assertThat(charged).isEqualByComparingTo(BigDecimal.valueOf(costPico, 12));
        }
    }

    /** OpenRouter and xAI say what they charge: an answer that we did not work out ourselves. */
    private static @Nullable BigDecimal charged(String provider, JsonNode usage) {
        return switch (provider) {
            case "openrouter" -> new BigDecimal(usage.path("cost").asText());
            case "xai" -> usage.path("cost_in_usd_ticks").decimalValue().movePointLeft(10);
            default -> null;
        };
    }

    @Test
    void coversEveryProviderOfTheTable() throws IOException {
        List<String> providers = new ArrayList<>();
        try (var table =
                new BufferedReader(
                        new InputStreamReader(
                                requireNonNull(getClass().getResourceAsStream(TABLE)), UTF_8))) {
            table.lines().skip(3).forEach(row -> providers.add(row.split(",", -1)[2]));
        }

        assertThat(providers).hasSizeGreaterThanOrEqualTo(100);
        assertThat(providers)
                .contains(
                        "anthropic",
                        "azure",
                        "bedrock",
                        "cerebras",
                        "cohere",
                        "deepseek",
                        "gemini",
                        "groq",
                        "mistral",
                        "openai",
                        "openrouter",
                        "perplexity",
                        "vertex_ai",
                        "voyage",
                        "xai");
    }

    private static Usage normalised(String form, List<JsonNode> stated) {
        return switch (form) {
            case "anthropic" -> {
                var usage = new AnthropicUsage();
                stated.forEach(usage::add);
                yield usage.usage();
            }
            case "cohere" -> CohereUsage.of(stated.getLast());
            case "converse" -> ConverseUsage.of(stated.getLast());
            case "gemini" -> GeminiUsage.of(stated.getLast());
            case "responses" -> ResponsesUsage.of(stated.getLast());
            default -> {
                byte[] answer = ("{\"usage\":" + stated.getLast() + "}").getBytes(UTF_8);
                yield requireNonNull(ResponseFacts.of(answer, answer.length).usage());
            }
        };
    }

    private static ServiceTier tier(String file) throws IOException {
        return ServiceTier.ofAnswer(response(file).path("body").path("service_tier").textValue());
    }

    /** Every usage object of an answer, in its order. */
    private static List<JsonNode> statedUsages(String file) throws IOException {
        JsonNode response = response(file);
        List<JsonNode> usages = new ArrayList<>();
        collect(response.path("body"), usages);
        collect(response.path("eventstream_decoded"), usages);
        for (String line : response.path("sse").asText().lines().toList()) {
            String data = line.startsWith("data:") ? line.substring("data:".length()).strip() : "";
            if (data.startsWith("{")) {
                collect(JSON.readTree(data), usages);
            }
        }
        assertThat(usages).as(file).isNotEmpty();
        return usages;
    }

    private static void collect(JsonNode node, List<JsonNode> usages) {
        for (String name : List.of("usage", "usageMetadata")) {
            JsonNode usage = node.path(name);
            if (usage.isObject() && !usage.isEmpty()) {
                usages.add(usage);
            }
        }
        if (node.isArray()) {
            node.forEach(element -> collect(element, usages));
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!member.getKey().equals("usage")) {
                collect(member.getValue(), usages);
            }
        }
    }

    private static JsonNode response(String file) throws IOException {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", ""));
        Path shared = set == null ? root.resolve("../shared") : Path.of(set);
        Path recording = shared.resolve("data/transcripts/dev").resolve(file + ".json");
        Assumptions.assumeTrue(Files.isRegularFile(recording), "no recordings at hand");
        return JSON.readTree(Files.readString(recording)).path("response");
    }
}
