package dev.sluice.standalone.chaos;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/**
 * How the house is disturbed.
 *
 * @param seed decides what callers ask
 * @param callers how many call at a time
 * @param folder where the parts keep their data and logs; made, and removed if all was right
 * @param command the start of a command line that a verb ends
 * @param report where the table is written too; absent: only printed
 */
public record ChaosSettings(
        Timeline timeline,
        long seed,
        int callers,
        Path folder,
        List<String> command,
        @Nullable Path report) {

    public ChaosSettings {
        command = List.copyOf(command);
        if (callers < 1) {
            throw new IllegalArgumentException("callers is " + callers + ", not at least 1");
        }
    }
}
