package dev.sluice.ingress.candidates;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

class RegionsTest {

    private static final Map<String, Map<String, Integer>> TABLE =
            Map.of(
                    "us-east", Map.of("eu-west", 80, "ap-southeast", 200),
                    "eu-west", Map.of("us-east", 95),
                    "us", Map.of("eu", 120));

    @Test
    void holdsOneDirectionForBothUnlessTheOtherIsSaid() {
        assertThat(new Regions("us-east", TABLE).millisTo("ap-southeast")).isEqualTo(200);
        assertThat(new Regions("ap-southeast", TABLE).millisTo("us-east")).isEqualTo(200);
        assertThat(new Regions("us-east", TABLE).millisTo("eu-west")).isEqualTo(80);
        assertThat(new Regions("eu-west", TABLE).millisTo("us-east")).isEqualTo(95);
    }

    @Test
    void takesTheEntryThatNamesBothMostClosely() {
        assertThat(new Regions("US-East-1", TABLE).millisTo("eu-west-3")).isEqualTo(80);
        assertThat(new Regions("us-west-2", TABLE).millisTo("eu-west-3")).isEqualTo(120);
        assertThat(new Regions("us-east-1", TABLE).millisTo("eu-central-1")).isEqualTo(120);
    }

    @Test
    void findsNothingFarWhereNobodySaidWhereItIs() {
        assertThat(new Regions(null, TABLE).millisTo("eu-west")).isZero();
        assertThat(new Regions("us-east", TABLE).millisTo(null)).isZero();
        assertThat(new Regions("us-east", TABLE).millisTo("us-east-1")).isZero();
        assertThat(new Regions("us-east-1", TABLE).millisTo("us")).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "us-east-1, us-west-2, 60",
        "us-east-1, eastus2, 60",
        "us-central1, europe-west4, 90",
        "eu-west-1, swedencentral, 30",
        "eu-west-1, asia-southeast1, 200",
        "northeurope, ap-northeast-1, 200",
        "eu-west-1, sa-east-1, 200",
        "eu-west-1, me-south-1, 110",
        "eu-west-1, southafricanorth, 150",
        "cellar, us-east-1, 100000",
        "us-east-1, moon-1, 100000"
    })
    void fallsBackToTheContinents(String here, String there, int millis) {
        assertThat(new Regions(here, Map.of()).millisTo(there)).isEqualTo(millis);
        assertThat(new Regions(there, Map.of()).millisTo(here)).isEqualTo(millis);
    }
}
