package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

class BundledFilesTest {

    @TempDir Path cache;

    @Test
    void unpacksOnceThoughManyAskAtTheSameTime() throws Exception {
        Callable<Path> unpack = () -> BundledFiles.redis(cache, Platform.LINUX_AMD64);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<Path> unpacked :
                    threads.invokeAll(List.of(unpack, unpack, unpack, unpack))) {
                assertThat(unpacked.get()).isExecutable().hasSize(9_701_528);
            }
        }

        assertThat(names()).containsExactly(Platform.LINUX_AMD64.redisBinary());
    }

    @Test
    void leavesWhatIsThere() throws IOException {
        Path present = Files.createFile(cache.resolve(Platform.LINUX_AMD64.redisBinary()));

        assertThat(BundledFiles.redis(cache, Platform.LINUX_AMD64))
                .isEqualTo(present)
                .isEmptyFile();
    }

    @Test
    void saysWhatIsMissingAndLeavesNothingBehind() throws IOException {
        assertThatThrownBy(() -> BundledFiles.postgres(cache, Platform.MAC_AMD64))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("postgres-darwin-x86_64.txz");

        assertThat(names()).isEmpty();
    }

    @Test
    void knowsTheReleaseOfPostgres() {
        assertThat(BundledFiles.postgresVersion()).matches("\\d+\\.\\d+\\.\\d+");
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, LINUX_AMD64",
        "Linux, aarch64, LINUX_ARM64",
        "Mac OS X, x86_64, MAC_AMD64",
        "Mac OS X, aarch64, MAC_ARM64"
    })
    void knowsThePlatforms(String system, String architecture, Platform expected) {
        assertThat(Platform.of(system, architecture)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"Windows 11, amd64", "Linux, riscv64", "SunOS, sparc"})
    void refusesOtherPlatformsByName(String system, String architecture) {
        assertThatThrownBy(() -> Platform.of(system, architecture))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining(system)
                .hasMessageContaining(architecture);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
