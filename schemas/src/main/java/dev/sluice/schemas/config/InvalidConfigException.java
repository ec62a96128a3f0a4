package dev.sluice.schemas.config;

import java.util.List;
import java.util.stream.Collectors;

/** Everything that is wrong with a config file, in one report. */
public final class InvalidConfigException extends Exception {

    private final transient List<Problem> problems;

    /** Reports problems, at least one. */
    public InvalidConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Reports one problem. */
    public InvalidConfigException(Problem problem) {
        this(List.of(problem));
    }

    /** What is wrong, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }

    /** One mistake: where it is, what was found and what was expected. */
    public record Problem(String file, int line, String found, String expected) {
        @Override
        public String toString() {
            return "%s:%d: found %s, expected %s".formatted(file, line, found, expected);
        }
    }
}
