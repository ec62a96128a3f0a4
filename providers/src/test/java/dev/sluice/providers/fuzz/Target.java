package dev.sluice.providers.fuzz;

import dev.sluice.providers.bedrock.AwsEventStreamFuzz;
import dev.sluice.providers.openai.EventStreamFuzz;
import dev.sluice.providers.openai.FormFuzz;
import dev.sluice.providers.openai.RequestFuzz;
import dev.sluice.providers.protocol.AnswersFuzz;
import dev.sluice.providers.transport.ResponseFuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A fuzz target: what takes any bytes and throws where a promise is broken.
 *
 * @param type the class whose {@code fuzzerTestOneInput} it is
 */
record Target(Class<?> type, Consumer<byte[]> check) {

    static final List<Target> ALL =
            List.of(
                    new Target(EventStreamFuzz.class, EventStreamFuzz::fuzzerTestOneInput),
                    new Target(AwsEventStreamFuzz.class, AwsEventStreamFuzz::fuzzerTestOneInput),
                    new Target(RequestFuzz.class, RequestFuzz::fuzzerTestOneInput),
                    new Target(FormFuzz.class, FormFuzz::fuzzerTestOneInput),
                    new Target(ResponseFuzz.class, ResponseFuzz::fuzzerTestOneInput),
                    new Target(AnswersFuzz.class, AnswersFuzz::fuzzerTestOneInput));

    /** Where the kept inputs of all targets are. */
    static Path kept() {
        return Path.of(
                System.getProperty("sluice.root", ".."), "providers/src/test/resources/fuzz");
    }

    /** Where the kept inputs are: written by hand, or found by the fuzzer. */
    Path corpus() {
        return kept().resolve(type.getSimpleName());
    }

    /** The kept inputs in the order of their names. */
    List<Path> inputs() throws IOException {
        try (Stream<Path> files = Files.list(corpus())) {
            return files.sorted().toList();
        }
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }
}
