package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.simulator.LatencyProfile.Lognormal;
import dev.sluice.simulator.LatencyProfile.Stuck;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

class LatencyProfileTest {

    private static final SimulatorSettings SETTINGS = SimulatorSettings.defaults("127.0.0.1", 0);

    @Test
    void drawsALognormalTimeToFirstToken() {
        LatencyProfile profile = profile(new Lognormal(100, 0.3), null);

        long[] sorted = firstTokens(profile, 20_000);

        // p95 = p50 * exp(1.645 * sigma)
        assertThat(sorted[10_000] / 1e6).isCloseTo(100, within(2.0));
        assertThat(sorted[19_000] / 1e6).isCloseTo(100 * Math.exp(1.645 * 0.3), within(5.0));
    }

    @Test
    void drawsTheSameForTheSameSeed() {
        LatencyProfile profile = profile(new Lognormal(100, 0.3), new Stuck(0.5, 3));

        assertThat(profile.draw(7, 1, 0)).isEqualTo(profile.draw(7, 1, 0));
        assertThat(profile.draw(7, 1, 0)).isNotEqualTo(profile.draw(8, 1, 0));
    }

    @Test
    void letsAShareOfTheCallsGetStuck() {
        LatencyProfile profile = profile(new Lognormal(100, 0), new Stuck(0.1, 50));

        long stuck = LongStream.of(firstTokens(profile, 10_000)).filter(n -> n > 1e9).count();

        assertThat(stuck).isBetween(850L, 1150L);
    }

    @Test
    void isExactWithoutSigmaAndStretchedByTheFactor() {
        LatencyProfile profile =
                new LatencyProfile(
                        new Lognormal(20, 0), new Lognormal(2, 0), null, 1, List.of(), "");

        Pace pace = profile.draw(1, 3, 1_000);

        assertThat(pace.at(1)).isEqualTo(1_000 + 60_000_000);
        assertThat(pace.at(11)).isEqualTo(1_000 + 60_000_000 + 10 * 6_000_000);
        assertThat(pace.at(0)).isEqualTo(pace.at(1));
    }

    @Test
    void findsTheProfileOfTheLongestNameThatFits() {
        Profiles profiles = Profiles.of(SETTINGS);

        assertThat(profiles.of("gpt-4o-mini-2024-07-18")).isSameAs(named(profiles, "gpt-4o-mini"));
        assertThat(profiles.of("gpt-4o-2024-08-06")).isSameAs(named(profiles, "gpt-4o"));
        assertThat(profiles.of("claude-sonnet-4-5")).isSameAs(named(profiles, "claude-like"));
        assertThat(profiles.of("text-embedding-3-small")).isSameAs(named(profiles, "embedding"));
        assertThat(profiles.of("my-own-model")).isSameAs(named(profiles, "default"));
        assertThat(profiles.of("-")).isSameAs(named(profiles, "default"));
    }

    @Test
    void givesEveryModelTheOneProfileOfTheSettings() {
        Profiles profiles = Profiles.of(SETTINGS.withProfile("fixed-20ms"));

        assertThat(profiles.of("gpt-4o").draw(1, 1, 0)).isEqualTo(new Pace(20_000_000, 0, 1));
        assertThat(profiles.of("whatever").draw(1, 1, 0)).isEqualTo(new Pace(20_000_000, 0, 1));
    }

    @Test
    void readsProfilesFromAFile(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("profiles.json"),
                        """
                        {"default": {"ttft_ms": {"p50": 7, "sigma": 0}}}
                        """);

        Profiles profiles = Profiles.of(SETTINGS.withProfiles(file));

        assertThat(profiles.of("gpt-4o").draw(1, 1, 0)).isEqualTo(new Pace(7_000_000, 0, 1));
    }

    @Test
    void refusesAFileThatItCannotMean(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("profiles.json");
        for (String wrong :
                List.of(
                        "{}",
                        "{",
                        "{\"default\": {\"ttft\": {}}}",
                        "{\"default\": {\"ttft_ms\": {\"p50\": -1, \"sigma\": 0}}}",
                        "{\"default\": {\"stuck\": {\"share\": 2, \"factor\": 2}}}")) {
            Files.writeString(file, wrong);

            assertThatThrownBy(() -> Profiles.of(SETTINGS.withProfiles(file)))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Profiles.of(SETTINGS.withProfile("no-such")))
                .hasMessageContaining("no-such");
    }

    private static LatencyProfile named(Profiles profiles, String name) {
        return profiles.named(name).orElseThrow();
    }

    private static LatencyProfile profile(Lognormal ttftMs, @Nullable Stuck stuck) {
        return new LatencyProfile(ttftMs, Lognormal.ZERO, stuck, 1, List.of(), "");
    }

    private static long[] firstTokens(LatencyProfile profile, int count) {
        return LongStream.range(0, count)
                .map(i -> profile.draw(Mixer.at(1, i), 1, 0).firstTokenAt())
                .sorted()
                .toArray();
    }
}
