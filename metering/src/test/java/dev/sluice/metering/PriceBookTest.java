package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

class PriceBookTest {

    private final PriceBook book = PriceBook.bundled();

    /** Dollars a million tokens are millions of picodollars a token. */
    @ParameterizedTest
    @CsvSource({
        "gpt-4o, 2500000, 1250000, 10000000",
        "gpt-4o-2024-05-13, 5000000, 5000000, 15000000",
        "gpt-4o-mini, 150000, 75000, 600000",
        "gpt-4.1-nano, 100000, 25000, 400000",
        "gpt-5, 1250000, 125000, 10000000",
        "gpt-5-nano, 50000, 5000, 400000",
        "o1, 15000000, 7500000, 60000000",
        "o3-mini, 1100000, 550000, 4400000",
        "o4-mini, 1100000, 275000, 4400000",
        "gpt-3.5-turbo, 500000, 500000, 1500000",
        "gpt-4-turbo, 10000000, 10000000, 30000000",
        "gpt-4, 30000000, 30000000, 60000000",
        "text-embedding-3-small, 20000, 20000, 0",
        "text-embedding-3-large, 130000, 130000, 0",
        "text-embedding-ada-002, 100000, 100000, 0",
    })
    void knowsThePriceOfAToken(String model, long input, long cached, long output) {
        Price price = book.find("openai", model).orElseThrow();

        assertThat(price.cost(Usage.of(1, 0))).isEqualTo(input);
        assertThat(price.cost(new Usage(0, 1, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(cached);
        assertThat(price.cost(Usage.of(0, 1))).isEqualTo(output);
        assertThat(price.version()).isEqualTo("sluice/2026-06-26");
    }

    @Test
    void addsTheClassesOfOneCall() {
        Price price = book.find("openai", "gpt-4o").orElseThrow();

        // 1000 x 2.50 + 200 x 1.25 + (300 + 50 reasoning) x 10.00 USD a million.
        assertThat(price.cost(new Usage(1000, 200, 0, 0, 300, 50, 0, 0, 0)))
                .isEqualTo(2_500_000_000L + 250_000_000L + 3_500_000_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-2024-08-06, gpt-4o",
        "openai/gpt-4o, gpt-4o",
        "OpenAI/GPT-4o-2024-11-20, gpt-4o",
        "gpt-4-turbo-2024-04-09, gpt-4-turbo",
        "gpt-4-0613, gpt-4",
        "gpt-4-0125-preview, gpt-4-turbo",
        "o3-mini-2025-01-31, o3-mini",
        "ft:gpt-4o-2024-08-06:acme::x, ft:gpt-4o-2024-08-06",
    })
    void findsAModelUnderItsOtherNames(String name, String model) {
        Price found = book.find("openai", name).orElseThrow();
        Price expected = book.find("openai", model).orElseThrow();

        for (Usage usage : List.of(Usage.of(1, 0), Usage.of(0, 1))) {
            assertThat(found.cost(usage)).isEqualTo(expected.cost(usage));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-9", "gpt-4o-", "", "ft:gpt-9:acme::x", "4o"})
    void doesNotGuessAPrice(String model) {
        assertThat(book.find("openai", model)).isEmpty();
    }

    @Test
    void doesNotTakeThePriceOfAnotherProvider() {
        assertThat(book.find("deepseek", "gpt-4o")).isEmpty();
        assertThat(book.find("azure", "gemini-2.5-pro")).isEmpty();
    }

    @Test
    void billsTheWholeCallAtTheTierOfItsPrompt() {
        Price price = book.find("openai", "gpt-5.4").orElseThrow();

        assertThat(price.cost(Usage.of(272_000, 10)))
                .isEqualTo(272_000 * 2_500_000L + 10 * 15_000_000L);
        assertThat(price.cost(Usage.of(272_001, 10)))
                .isEqualTo(272_001 * 5_000_000L + 10 * 22_500_000L);
        assertThat(price.cost(new Usage(1, 272_000, 0, 0, 0, 0, 0, 0, 0)))
                .isEqualTo(5_000_000L + 272_000 * 500_000L);
    }

    @Test
    void roundsFractionsOfAPicodollarOnceHalfToEven() {
        Price price = Price.custom(new BigDecimal("5e-13"), new BigDecimal("2.5e-13"), null);

        assertThat(price.cost(Usage.of(1, 0))).isZero();
        assertThat(price.cost(Usage.of(3, 0))).isEqualTo(2);
        assertThat(price.cost(Usage.of(1, 2))).isEqualTo(1);
        assertThat(price.cost(Usage.of(1, 1))).isEqualTo(1);
    }

    @Test
    void takesTheOperatorsOwnPrice() {
        Price price =
                Price.custom(
                        new BigDecimal("0.000002"),
                        new BigDecimal("0.00001"),
                        new BigDecimal("0.0000005"));

        assertThat(price.cost(new Usage(10, 4, 2, 0, 3, 0, 0, 0, 0)))
                .isEqualTo(20_000_000L + 2_000_000 + 4_000_000 + 30_000_000);
        assertThat(price.version()).isEqualTo("custom/0.000002/0.00001/0.0000005");
        assertThat(Price.custom(BigDecimal.ZERO, BigDecimal.ZERO, null).cost(Usage.of(9, 9)))
                .isZero();
        assertThatThrownBy(() -> Price.custom(BigDecimal.ONE.negate(), BigDecimal.ONE, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysThatACostIsTooLargeRatherThanWrapAround() {
        Price price = book.find("openai", "gpt-4o").orElseThrow();

        assertThatThrownBy(() -> price.cost(Usage.of(Long.MAX_VALUE / 1_000_000, 0)))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void refusesAFileThatCouldMeanSomethingElse() {
        String model = "{\"provider\":\"p\",\"names\":[\"m\"],\"usd_per_million\":%s}";
        String prices = "{\"input\":1,\"output\":2}";

        for (String models :
                List.of(
                        model.formatted("{\"input\":1}"),
                        model.formatted("{\"input\":1,\"output\":2,\"thinking\":3}"),
                        model.formatted("{\"input\":\"1\",\"output\":2}"),
                        model.formatted("{\"input\":1,\"input\":3,\"output\":2}"),
                        model.formatted(prices) + "," + model.formatted(prices),
                        model.formatted(prices).replace("names", "name"))) {
            assertThatThrownBy(() -> read(models)).as(models).isInstanceOf(IOException.class);
        }
    }

    @Test
    void readsAFileOfItsFormat() throws IOException {
        PriceBook read =
                read(
                        "{\"provider\":\"P\",\"names\":[\"M\"],"
                                + "\"usd_per_million\":{\"input\":1,\"output\":2}}");

        assertThat(read.find("p", "m").orElseThrow().cost(Usage.of(1, 1))).isEqualTo(3_000_000);
        assertThat(read.version()).isEqualTo("test/2026-01-01");
        assertThat(read.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic, claude-sonnet-4-5-20991231, claude-sonnet-4-5",
        "anthropic, claude-haiku-4-5-latest, claude-haiku-4-5",
        "vertex_ai, claude-sonnet-4-5@20991231, claude-sonnet-4-5",
        "vertex_ai, publishers/google/models/gemini-2.5-pro, gemini-2.5-pro",
        "vertex_ai_beta, gemini-2.5-pro, gemini-2.5-pro",
        "gemini, models/gemini-2.5-pro, gemini-2.5-pro",
        "bedrock, global.amazon.nova-lite-v1:0, amazon.nova-lite-v1:0",
        "bedrock_converse, amazon.nova-lite-v1:0, amazon.nova-lite-v1:0",
        "cohere_chat, command-a-03-2025, command-a-03-2025",
        "azure, azure/gpt-4o-2099-01-01, gpt-4o",
    })
    void findsAModelUnderNamesThatMeanTheSame(String provider, String name, String model) {
        assertThat(book.find(provider, name)).isEqualTo(book.find(provider, model)).isPresent();
    }

    /** Another year of a Mistral model, or another region at Bedrock, has another price. */
    @ParameterizedTest
    @CsvSource({
        "mistral, mistral-large-2612",
        "bedrock, mars.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "anthropic, claude-sonnet-9-latest",
        "gemini, gemini-2.5",
    })
    void doesNotGuessAPriceFromASimilarName(String provider, String name) {
        assertThat(book.find(provider, name)).isEmpty();
    }

    @Test
    void billsAServiceTierAtItsOwnPriceAndOthersAtTheStandardOne() {
        Price price = book.find("openai", "gpt-5-nano").orElseThrow();
        Usage usage = new Usage(1000, 100, 0, 0, 500, 0, 0, 0, 0);

        assertThat(price.cost(usage, ServiceTier.STANDARD))
                .isEqualTo(1000 * 50_000L + 100 * 5_000 + 500 * 400_000L);
        assertThat(price.cost(usage, ServiceTier.FLEX))
                .isEqualTo(1000 * 25_000L + 100 * 2_500 + 500 * 200_000L);
        assertThat(price.cost(usage, ServiceTier.PRIORITY)).isEqualTo(price.cost(usage));
        assertThat(price.version(ServiceTier.FLEX)).isEqualTo("sluice/2026-06-26/flex");
        assertThat(price.version(ServiceTier.PRIORITY)).isEqualTo("sluice/2026-06-26");
    }

    @Test
    void knowsTheServiceTierThatAnAnswerStates() {
        assertThat(ServiceTier.ofAnswer("flex")).isEqualTo(ServiceTier.FLEX);
        assertThat(ServiceTier.ofAnswer("PRIORITY")).isEqualTo(ServiceTier.PRIORITY);
        assertThat(ServiceTier.ofAnswer("batch")).isEqualTo(ServiceTier.BATCH);
        assertThat(ServiceTier.ofAnswer("default")).isEqualTo(ServiceTier.STANDARD);
        assertThat(ServiceTier.ofAnswer("scale")).isEqualTo(ServiceTier.STANDARD);
        assertThat(ServiceTier.ofAnswer(null)).isEqualTo(ServiceTier.STANDARD);
    }

    @Test
    void billsWhatATierDoesNotStateAtTheStandardPriceOfThatLength() throws IOException {
        Price price =
                read("""
                {"provider":"p","names":["m"],
                 "usd_per_million":{"input":4,"cached_read":1,"output":8},
                 "above_prompt_tokens":{"100":{"input":6,"output":10}},
                 "batch":{"usd_per_million":{"input":2,"output":4}},
                 "priority":{"usd_per_million":{"input":7},
                             "above_prompt_tokens":{"100":{"input":9}}}}\
                """)
                        .find("p", "m")
                        .orElseThrow();
        Usage brief = new Usage(10, 10, 0, 0, 10, 10, 0, 0, 0);
        Usage lengthy = new Usage(100, 10, 0, 0, 10, 10, 0, 0, 0);

        assertThat(price.cost(brief)).isEqualTo(40_000_000L + 10_000_000 + 160_000_000);
        assertThat(price.cost(lengthy)).isEqualTo(600_000_000L + 10_000_000 + 200_000_000);
        assertThat(price.cost(brief, ServiceTier.BATCH))
                .isEqualTo(20_000_000L + 10_000_000 + 80_000_000);
        assertThat(price.cost(lengthy, ServiceTier.BATCH)).isEqualTo(price.cost(lengthy));
        assertThat(price.cost(lengthy, ServiceTier.PRIORITY))
                .isEqualTo(900_000_000L + 10_000_000 + 200_000_000);
        assertThat(price.cost(brief, ServiceTier.FLEX)).isEqualTo(price.cost(brief));
    }

    @Test
    void keepsPricesOfOtherUnitsAndDoesNotCallThemPricesOfTokens() {
        assertThat(book.find("openai", "whisper-1")).isEmpty();
        assertThat(book.units("openai", "whisper-1"))
                .containsEntry(PriceUnit.INPUT_SECOND, new BigDecimal("0.0001"));
        assertThat(book.units("cohere", "rerank-v3.5"))
                .containsEntry(PriceUnit.QUERY, new BigDecimal("0.002"));
        assertThat(book.find("cohere", "rerank-v3.5")).isEmpty();
    }

    @Test
    void laysOneBookOverAnother() throws IOException {
        PriceBook own =
                read(
                        "{\"provider\":\"openai\",\"names\":[\"gpt-4o\"],"
                                + "\"usd_per_million\":{\"input\":1,\"output\":2}}");
        PriceBook both = own.over(book);

        assertThat(both.version()).isEqualTo("test/2026-01-01");
        assertThat(both.find("openai", "gpt-4o-2099-01-01").orElseThrow().version())
                .isEqualTo("test/2026-01-01");
        assertThat(both.find("openai", "gpt-4.1").orElseThrow().version())
                .isEqualTo("sluice/2026-06-26");
    }

    private static PriceBook read(String models) throws IOException {
        String file =
                "{\"format\":1,\"name\":\"test\",\"date\":\"2026-01-01\",\"models\":["
                        + models
                        + "]}";
        return PriceFile.read(file.getBytes(UTF_8));
    }
}
