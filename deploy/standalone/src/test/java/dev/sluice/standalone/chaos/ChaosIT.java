package dev.sluice.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.standalone.chaos.Timeline.Happening;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The chaos run in its short form: one kill each of an ingress, the books and a server, in turn by
 * the seed {@code -Dchaos.seed=N}.
 */
class ChaosIT {

    private static final int CALLERS = 8;
    private static final Duration AWAY = Duration.ofSeconds(1);

    @TempDir private Path folder;

    @Test
    void theBillIsRightWhateverIsKilled() throws Exception {
        long seed = Long.getLong("chaos.seed", 1);
        Target server = seed % 2 == 0 ? Target.KAFKA : Target.POSTGRES;
        var timeline =
                new Timeline(
                        Duration.ofSeconds(20),
                        List.of(
                                kill(3, Target.INGRESS_1),
                                kill(7, Target.AGGREGATOR),
                                kill(11, server)));
        var lines = new ConcurrentLinkedQueue<String>();

        boolean right =
                new Chaos(
                                new ChaosSettings(
                                        timeline,
                                        seed,
                                        CALLERS,
                                        folder.resolve("house"),
                                        command(),
                                        null),
                                lines::add)
                        .run();

        assertThat(right).as(String.join("\n", lines)).isTrue();
        assertThat(lines).anyMatch(line -> line.startsWith("| settled, equal"));
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    private static Happening kill(int second, Target target) {
        return new Happening(Duration.ofSeconds(second), target, Deed.KILL, AWAY);
    }

    private static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx512m",
                        "-Dsluice.home=" + Path.of("target", "test-home").toAbsolutePath(),
                        "-cp",
                        Objects.requireNonNull(System.getProperty("java.class.path")),
                        "dev.sluice.standalone.Main"));
        return command;
    }
}
