package dev.sluice.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.ModelPrices;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Map;

/** What is paid for other than by the token; all figures were worked out by hand. */
class UnitPricesTest {

    private final PriceBook book = PriceBook.bundled();

    private Price price(String provider, String model) {
        return book.findAny(provider, model).orElseThrow();
    }

    private static long cost(Price price, Usage usage, Units units, boolean stated) {
        return price.cost(usage, units, stated, ServiceTier.STANDARD);
    }

    @Test
    void billsAQueryWhateverItsTokens() {
        Price cohere = price("cohere", "rerank-v3.5");

        assertThat(cost(cohere, Usage.of(400, 0), Units.ofQueries(3), true))
                .isEqualTo(6_000_000_000L);
        assertThat(cohere.hasTokens()).isFalse();
        assertThat(cohere.version()).isEqualTo("sluice/2026-06-26");
    }

    @Test
    void billsARerankersTokensWhereQueriesHaveNoPrice() {
        assertThat(cost(price("voyage", "rerank-2.5"), Usage.of(1000, 0), Units.NONE, true))
                .isEqualTo(50_000_000L);
    }

    @Test
    void billsSoundByTheSecondOnceThoughTheBookSaysItTwice() {
        Price whisper = price("openai", "whisper-1");

        assertThat(cost(whisper, Usage.NONE, Units.ofSound(12_345), true))
                .isEqualTo(1_234_500_000L);
        assertThat(cost(price("groq", "whisper-large-v3"), Usage.NONE, Units.ofSound(60_000), true))
                .isEqualTo(1_849_800_000L);
    }

    @Test
    void billsATranscriptionsTokensWhereTheProviderSaysThem() {
        Usage stated = new Usage(10, 0, 0, 0, 20, 0, 100, 0, 0);

        // 10 x 2.5 + 100 x 2.5 + 20 x 10 millionths of a dollar.
        assertThat(cost(price("openai", "gpt-4o-transcribe"), stated, Units.ofSound(10_000), true))
                .isEqualTo(475_000_000L);
    }

    @Test
    void billsSpeechByTheCharacterOrByTheSecond() {
        Units speech = Units.ofSpeech(1_000, 66_000);

        assertThat(cost(price("openai", "tts-1"), Usage.of(250, 0), speech, false))
                .isEqualTo(15_000_000_000L);
        assertThat(cost(price("openai", "gpt-4o-mini-tts"), Usage.of(250, 0), speech, false))
                .isEqualTo(16_500_000_000L);
        Usage stated = new Usage(250, 0, 0, 0, 0, 0, 0, 1_300, 0);
        // 250 x 2.5 + 1300 x 12 millionths of a dollar.
        assertThat(cost(price("openai", "gpt-4o-mini-tts"), stated, speech, true))
                .isEqualTo(16_225_000_000L);
    }

    @Test
    void billsPicturesByTheirTokensAndOtherOutputByItsOwn() {
        Usage usage = new Usage(50, 0, 0, 0, 1_100, 0, 0, 0, 300);

        // 50 x 5 + 300 x 10 + 1100 x 40 millionths of a dollar.
        assertThat(cost(price("openai", "gpt-image-1"), usage, Units.ofImages(1, 1_100), true))
                .isEqualTo(47_250_000_000L);
        // 50 x 5 + 300 x 8 + 1000 x 32 + 100 x 10.
        assertThat(cost(price("openai", "gpt-image-1.5"), usage, Units.ofImages(1, 1_000), true))
                .isEqualTo(35_650_000_000L);
    }

    @Test
    void billsPicturesByTheirNumberWhereThereAreNoTokens() {
        assertThat(cost(price("openai", "dall-e-3"), Usage.of(9, 0), Units.ofImages(2, 0), false))
                .isEqualTo(80_000_000_000L);
        assertThat(
                        cost(
                                price("gemini", "imagen-4.0-generate-001"),
                                Usage.of(9, 0),
                                Units.ofImages(1, 0),
                                false))
                .isEqualTo(40_000_000_000L);
    }

    @Test
    void saysThatItDoesNotKnowInsteadOfBillingNothing() {
        assertThat(cost(price("openai", "dall-e-3"), Usage.of(9, 4), Units.NONE, true))
                .isEqualTo(Price.UNKNOWN);
        assertThat(cost(price("openai", "tts-1"), Usage.NONE, Units.ofSound(1), true))
                .isEqualTo(Price.UNKNOWN);
        assertThat(cost(price("openai", "gpt-4o"), Usage.of(1, 1), Units.ofSound(1), false))
                .isEqualTo(12_500_000L);
    }

    @Test
    void roundsOnceHalfToEven() throws IOException {
        Price price =
                PriceFile.read(
                                """
                                {"format":1,"name":"t","date":"d","models":[
                                 {"provider":"p","names":["m"],
                                  "usd_per_unit":{"input_second":5e-13,"query":5e-13}}]}\
                                """
                                        .getBytes(UTF_8))
                        .findAny("p", "m")
                        .orElseThrow();

        assertThat(cost(price, Usage.NONE, Units.ofSound(1_000), true)).isZero();
        assertThat(cost(price, Usage.NONE, Units.ofSound(3_000), true)).isEqualTo(2);
        assertThat(cost(price, Usage.NONE, new Units(0, 0, 0, 1_000, 0, 1), true)).isEqualTo(1);
    }

    @Test
    void aDeploymentsOwnUnitPriceGoesBeforeTheBooks() {
        Price listed = price("cohere", "rerank-v3.5");
        ModelPrices none = prices(null, null);
        Price own = PriceOverride.of(prices(null, new BigDecimal("0.001")), none).over(listed);

        assertThat(cost(own, Usage.NONE, Units.ofQueries(1), true)).isEqualTo(1_000_000_000L);
        assertThat(own.version()).isEqualTo("custom/-/-/-/query=0.001 over sluice/2026-06-26");
        assertThat(PriceOverride.of(none, none).isUsable(null)).isFalse();
        Price alone = PriceOverride.of(prices(null, new BigDecimal("0.001")), none).over(null);
        assertThat(alone.hasTokens()).isFalse();
        assertThat(PriceOverride.of(prices(null, BigDecimal.ONE), none).takenAsFree(null)).isNull();
        assertThatThrownBy(() ->
                        PriceOverride.of(prices(null, BigDecimal.ONE.negate()), none).over(null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDeploymentsOwnOutputPriceHoldsForPicturesToo() {
        Price own =
                PriceOverride.of(prices(new BigDecimal("0.000001"), null), prices(null, null))
                        .over(price("openai", "gpt-image-1.5"));

        assertThat(cost(own, Usage.of(0, 1_000), Units.ofImages(1, 1_000), true))
                .isEqualTo(1_000_000_000L);
    }

    @Test
    void ofLitellmsMapAPictureModelsTokensHaveAPrice() throws IOException {
        PriceBook map =
                PriceFile.read(
                        """
                        {"pix": {"litellm_provider": "openai", "mode": "image_generation",
                                 "input_cost_per_token": 5e-06,
                                 "output_cost_per_image_token": 4e-05}}\
                        """
                                .getBytes(UTF_8));

        assertThat(map.skipped()).isEqualTo(Map.of());
        assertThat(
                        cost(
                                map.findAny("openai", "pix").orElseThrow(),
                                Usage.of(10, 100),
                                Units.ofImages(1, 100),
                                true))
                .isEqualTo(4_050_000_000L);
    }

    private static ModelPrices prices(
            @Nullable BigDecimal outputToken, @Nullable BigDecimal query) {
        return new ModelPrices(
                null,
                outputToken,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                query);
    }
}
