package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Without the traces: arrivals are made up, and the machine's other files do not matter. */
class LaboratoryTest {

    private static final Map<String, Policies.Maker> POLICIES = Policies.all();

    @Test
    void playsTheSameForTheSameSeedAndOtherwiseForAnother() throws Exception {
        assertThat(play("S2", "adaptive", 1)).isEqualTo(play("S2", "adaptive", 1));
        assertThat(play("S2", "adaptive", 1)).isNotEqualTo(play("S2", "adaptive", 2));
        assertThat(play("S9", "p2c peak-ewma", 1)).isEqualTo(play("S9", "p2c peak-ewma", 1));
    }

    @Test
    void findsAdaptiveToLeaveABlackHoleWithinTwoSeconds() throws Exception {
        Outcome adaptive = play("S4", "adaptive", 1);
        Outcome shuffle = play("S4", "litellm simple-shuffle", 1);

        assertThat(adaptive.errors()).isZero();
        assertThat(adaptive.recoverySeconds()).isLessThanOrEqualTo(2);
        assertThat(adaptive.firstTokenP99()).isLessThan(shuffle.firstTokenP99() / 2);
    }

    @Test
    void answersEveryCallOnce() throws Exception {
        for (Map.Entry<String, Policies.Maker> policy : POLICIES.entrySet()) {
            Outcome outcome = play("S5", policy.getKey(), 3);

            assertThat(outcome.calls()).isGreaterThan(4_000);
            assertThat(outcome.firstTokenP50()).isPositive();
            assertThat(outcome.totalP50()).isGreaterThan(outcome.firstTokenP50());
            assertThat(outcome.errors() + outcome.rateLimited())
                    .as(policy.getKey())
                    .isLessThan(outcome.calls() / 2);
        }
    }

    @Test
    void printsATableOfEachScenarioAndSaysWhereTheTraceIsMissing() throws Exception {
        List<String> lines = new ArrayList<>();

        new Laboratory(null, Set.of("S6")).run(1, 2, lines::add);

        assertThat(lines).anyMatch(line -> line.startsWith("### S6: "));
        assertThat(lines).filteredOn(line -> line.startsWith("| ")).hasSize(1 + POLICIES.size());
        assertThat(lines).noneMatch(line -> line.contains("trace"));
        List<String> replayed = new ArrayList<>();
        new Laboratory(null, Set.of("S7")).run(1, 1, replayed::add);
        assertThat(replayed.getFirst()).startsWith("S7: trace replay/azure_2023_conv.csv is not");
    }

    @Test
    void refusesAScenarioThatThereIsNot() {
        assertThatThrownBy(() -> new Laboratory(null, Set.of("S1", "S99")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("S99");
    }

    private static Outcome play(String name, String policy, long seed) throws IOException {
        Scenario scenario =
                ScenarioFile.read().stream()
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        List<Arrival> calls = new Arrivals(null).of(scenario, seed);
        return Laboratory.play(scenario, calls, requireNonNull(POLICIES.get(policy)), seed);
    }
}
