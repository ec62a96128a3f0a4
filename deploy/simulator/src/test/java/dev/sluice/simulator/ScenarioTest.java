package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

class ScenarioTest {

    private static final Caller CALLER = new Caller("sk-1", "east");

    private final Profiles profiles = Profiles.of(SimulatorSettings.defaults("127.0.0.1", 0));
    private final ScenarioReader reader = new ScenarioReader(profiles, Duration.ofMinutes(1));
    private final Scenarios scenarios = new Scenarios(profiles);

    @Test
    void letsTheLastScenarioThatFitsDecideAlone() throws InvalidScenarioException {
        add("{\"profile\": \"instant\", \"latency_factor\": 5}");
        add("{\"match\": {\"key\": \"sk-1\"}, \"fault\": {\"status\": 500}}");
        add("{\"match\": {\"model\": \"o1\"}, \"fault\": {\"status\": 503}}");

        assertThat(scenarios.next(CALLER, "o1").fault().label()).isEqualTo("status_503");
        assertThat(scenarios.next(CALLER, "gpt-4o").fault().label()).isEqualTo("status_500");
        assertThat(scenarios.next(CALLER, "gpt-4o").latencyFactor()).isEqualTo(1);
        assertThat(scenarios.next(new Caller("sk-2", null), "gpt-4o").latencyFactor()).isEqualTo(5);
    }

    @Test
    void matchesDeployments() throws InvalidScenarioException {
        add("{\"match\": {\"deployment\": \"east\"}, \"no_usage\": true}");

        assertThat(scenarios.next(CALLER, "o1").fault()).isEqualTo(new Fault.NoUsage());
        assertThat(scenarios.next(new Caller("sk-1", null), "o1").fault()).isEqualTo(Fault.NONE);
    }

    @Test
    void strikesTheSameShareOfCallsInEveryRun() throws InvalidScenarioException {
        String order = "{\"fault\": {\"status\": 429, \"share\": 0.3, \"seed\": 9}}";

        List<String> first = fates(reader.read(bytes(order)), 1000);
        List<String> second = fates(reader.read(bytes(order)), 1000);

        assertThat(first).isEqualTo(second);
        assertThat(first.stream().filter(label -> label.equals("status_429")).count())
                .isBetween(250L, 350L);
    }

    @Test
    void strikesAtMostAsOftenAsOrdered() throws InvalidScenarioException {
        Scenario scenario = reader.read(bytes("{\"fault\": {\"status\": 429, \"count\": 2}}"));

        assertThat(fates(scenario, 4)).containsExactly("status_429", "status_429", "", "");
    }

    @Test
    void readsAFaultInItsPlaceOrBesideIt() throws InvalidScenarioException {
        for (String order :
                List.of(
                        "{\"fault\": {\"status\": 429, \"retry_after\": 2}}",
                        "{\"status\": 429, \"retry_after\": 2}",
                        "{\"fault\": {\"status\": 429}, \"retry_after\": 2}")) {
            assertThat(reader.read(bytes(order)).next(profiles.of("o1")).fault())
                    .isEqualTo(new Fault.Refusal(429, 2, null, null));
        }
    }

    @Test
    void stallsForGoodWithoutALength() throws InvalidScenarioException {
        assertThat(reader.read(bytes("{\"stall_after_bytes\": 5}")).next(profiles.of("o1")).fault())
                .isEqualTo(new Fault.Stall(5, Duration.ofMinutes(1).toNanos()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    []                                          | object
                    {                                           |
                    {"no_such": 1}                              | "no_such" is not known
                    {"match": {"team": "x"}}                    | "team" is not known
                    {"profile": "no-such"}                      | no-such
                    {"latency_factor": -1}                      | latency_factor
                    {"slots": 0}                                | slots
                    {"status": 200}                             | status
                    {"status": "many"}                          |
                    {"retry_after": 2}                          | retry_after
                    {"stall_ms": 2}                             | stall_ms
                    {"stall_after_bytes": 1, "stall_ms": 60001} | stall_ms
                    {"cut_after_bytes": -1}                     | cut_after_bytes
                    {"black_hole": true, "no_usage": true}      | one fault
                    {"status": 500, "share": 1.5}               | share
                    {"status": 500, "count": -1}                | count
                    {"fault": 5, "status": 500}                 |
                    """)
    void refusesWhatItCannotMean(String order, String complaint) {
        assertThatThrownBy(() -> reader.read(bytes(order)))
                .isInstanceOf(InvalidScenarioException.class)
                .hasMessageContaining(complaint == null ? "" : complaint);
    }

    @Test
    void takesABoundedNumber() throws InvalidScenarioException {
        for (int i = 0; i < 1000; i++) {
            add("{}");
        }

        assertThat(scenarios.add(reader.read(bytes("{}")))).isFalse();
        scenarios.clear();
        assertThat(scenarios.add(reader.read(bytes("{}")))).isTrue();
    }

    private void add(String order) throws InvalidScenarioException {
        assertThat(scenarios.add(reader.read(bytes(order)))).isTrue();
    }

    private List<String> fates(Scenario scenario, int calls) {
        LatencyProfile usual = profiles.of("gpt-4o");
        return IntStream.range(0, calls)
                .mapToObj(_ -> scenario.next(usual).fault().label())
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
