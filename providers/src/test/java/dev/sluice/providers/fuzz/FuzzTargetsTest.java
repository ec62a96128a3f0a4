package dev.sluice.providers.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * The fuzz targets' short form: all inputs that were kept, and as many changed ones as a short time
 * allows. Guided by coverage they run in the profile {@code fuzz}, see {@link Fuzzing}.
 */
class FuzzTargetsTest {

    private static final Duration PATIENCE = Duration.ofMillis(1_500);
    private static final int CHANGED_MAX = 5_000;
    private static final long SEED = 20_261_123;
    private static final long KEPT_BYTES_MAX = 200 << 10;

    static List<Target> targets() {
        return Target.ALL;
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(60)
    void holdsForWhatWasKept(Target target) throws IOException {
        List<Path> inputs = target.inputs();
        assertThat(inputs).isNotEmpty();
        for (Path input : inputs) {
            check(target, Files.readAllBytes(input), input.getFileName().toString());
        }
        check(target, new byte[0], "nothing");
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(60)
    void holdsForWhatIsLikeIt(Target target) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        for (Path input : target.inputs()) {
            inputs.add(Files.readAllBytes(input));
        }
        var mutations = new Mutations(inputs, SEED);
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < CHANGED_MAX && System.nanoTime() - end < 0; i++) {
            check(target, mutations.next(), "changed input " + i);
        }
    }

    /** What fails is told as bytes, to be kept in a file. */
    private static void check(Target target, byte[] input, String name) {
        try {
            target.check().accept(input);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    name + ", in Base64 " + Base64.getEncoder().encodeToString(input), e);
        }
    }

    @Test
    void keepsLittle() throws IOException {
        try (Stream<Path> files = Files.walk(Target.kept())) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            assertThat(bytes).isLessThan(KEPT_BYTES_MAX);
        }
    }
}
