package dev.sluice.ingress.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.metering.Price;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

class DeploymentPricesTest {

    @TempDir private Path directory;

    private final List<String> notices = new ArrayList<>();

    @Test
    void namesADeploymentWithoutAPrice() throws InvalidConfigException {
        GatewayConfig config = config("model: openai/my-own", "", "");
        ModelEntry entry = config.modelList().getFirst();
        DeploymentPrices prices = DeploymentPrices.of(config, notices);

        assertThat(prices.price(entry, ProviderModel.of(entry))).isNull();
        assertThat(prices.unpricedGroups()).containsExactly("group");
        assertThat(notices)
                .singleElement()
                .asString()
                .startsWith("config.yaml:2: no price is known for openai/my-own: calls of group");
    }

    @Test
    void tellsOfAHalfThatIsTakenToBeFree() throws InvalidConfigException {
        Price price = price(config("model: openai/my-own, input_cost_per_token: 1e-6", "", ""));

        assertThat(price.cost(Usage.of(1, 1))).isEqualTo(1_000_000);
        assertThat(notices).singleElement().asString().contains("no price is given for the output");
    }

    @Test
    void aPriceOfZeroIsAPrice() throws InvalidConfigException {
        Price price =
                price(
                        config(
                                "model: openai/my-own, input_cost_per_token: 0,"
                                        + " output_cost_per_token: 0",
                                "",
                                ""));

        assertThat(price.cost(Usage.of(9, 9))).isZero();
        assertThat(notices).isEmpty();
    }

    @Test
    void pricesByTheBaseModelOfAnyProvider() throws InvalidConfigException {
        Price price = price(config("model: openai/behind", "base_model: azure/gpt-4o", ""));

        assertThat(price.cost(Usage.of(1, 0))).isEqualTo(2_500_000);
    }

    @Test
    void takesAPriceFileBeforeTheBookThatComesAlong() throws Exception {
        Path map = directory.resolve("map.json");
        Files.writeString(
                map,
                """
                {"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 7e-06,
                            "output_cost_per_token": 8e-06},
                 "odd": {"litellm_provider": "openai"}}
                """);
        String setting = "sluice: {prices: {file: \"" + map + "\"}}";

        assertThat(price(config("model: openai/gpt-4o", "", setting)).cost(Usage.of(1, 1)))
                .isEqualTo(15_000_000);
        assertThat(notices).singleElement().asString().contains("1 entries", "odd=it has no price");
        assertThat(price(config("model: openai/gpt-4.1", "", setting)).cost(Usage.of(1, 0)))
                .isEqualTo(2_000_000);
    }

    @Test
    void refusesAPriceFileThatIsNone() throws IOException {
        Path file = directory.resolve("none.json");
        Files.writeString(file, "{\"models\": []}");

        for (Path path : List.of(file, directory.resolve("missing.json"))) {
            assertThatThrownBy(() ->
                            DeploymentPrices.of(
                                    config(
                                            "model: openai/gpt-4o",
                                            "",
                                            "sluice: {prices: {file: \"" + path + "\"}}"),
                                    notices))
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageContaining("a price file that cannot be read");
        }
    }

    private Price price(GatewayConfig config) throws InvalidConfigException {
        ModelEntry entry = config.modelList().getFirst();
        return Objects.requireNonNull(
                DeploymentPrices.of(config, notices).price(entry, ProviderModel.of(entry)));
    }

    private static GatewayConfig config(String params, String info, String more)
            throws InvalidConfigException {
        return ConfigReader.parse(
                "config.yaml",
                """
                model_list:
                  - model_name: group
                    litellm_params: {%s}
                    model_info: {%s}
                %s
                """
                        .formatted(params, info, more));
    }
}
