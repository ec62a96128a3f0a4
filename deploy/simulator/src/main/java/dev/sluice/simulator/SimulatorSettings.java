package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * What a simulator is started with.
 *
 * @param port where it listens; 0 takes a free one
 * @param profiles a file of latency profiles in place of the built-in ones
 * @param profile the one profile of every model; absent: each model has its own
 * @param keys the provider keys that are accepted; empty: every key, and none, is
 * @param maskKeys whether the ledger shows the last four characters of a key only
 * @param seed what latencies are drawn from: the same seed and order of calls, the same latencies
 * @param attemptsMax how many attempts the ledger lists; its totals cover older ones too
 * @param bodyBytesMax the largest request; a larger one is answered 413
 * @param connectionsMax connections beyond are closed at once
 * @param holdMax the longest a call waits in a black hole, in a stall or for a slot
 */
public record SimulatorSettings(
        String host,
        int port,
        @Nullable Path profiles,
        @Nullable String profile,
        Set<String> keys,
        boolean maskKeys,
        long seed,
        int attemptsMax,
        int bodyBytesMax,
        int connectionsMax,
        Duration holdMax) {

    public SimulatorSettings {
        keys = Set.copyOf(keys);
        require(port >= 0 && port <= 65_535, "port is not in [0, 65535]");
        require(attemptsMax >= 0, "attemptsMax is negative");
        require(bodyBytesMax > 0, "bodyBytesMax is not positive");
        require(connectionsMax > 0, "connectionsMax is not positive");
        require(holdMax.isPositive(), "holdMax is not positive");
    }

    /** Built-in profiles by model name, every key accepted. */
    public static SimulatorSettings defaults(String host, int port) {
        return new SimulatorSettings(
                host,
                port,
                null,
                null,
                Set.of(),
                true,
                1,
                200_000,
                32 << 20,
                20_000,
                Duration.ofMinutes(10));
    }

    /** The same with one latency profile for every model, for instance {@code instant}. */
    public SimulatorSettings withProfile(String only) {
        return new SimulatorSettings(
                host,
                port,
                profiles,
                only,
                keys,
                maskKeys,
                seed,
                attemptsMax,
                bodyBytesMax,
                connectionsMax,
                holdMax);
    }

    /** The same with profiles read from a file. */
    public SimulatorSettings withProfiles(Path file) {
        return new SimulatorSettings(
                host,
                port,
                file,
                profile,
                keys,
                maskKeys,
                seed,
                attemptsMax,
                bodyBytesMax,
                connectionsMax,
                holdMax);
    }

    /** The same, but only these keys are let in: every other is answered 401. */
    public SimulatorSettings withKeys(Set<String> accepted) {
        return new SimulatorSettings(
                host,
                port,
                profiles,
                profile,
                accepted,
                maskKeys,
                seed,
                attemptsMax,
                bodyBytesMax,
                connectionsMax,
                holdMax);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
