package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

@Timeout(30)
class ConfigWatchTest {

    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    @TempDir Path folder;

    private final Heard heard = new Heard();

    /** What a listener was told, in its order. */
    private static final class Heard implements ConfigWatch.Listener {
        final List<Integer> retries = new CopyOnWriteArrayList<>();
        final List<String> refusals = new CopyOnWriteArrayList<>();

        @Override
        public void changed(GatewayConfig config) {
            retries.add(config.router().numRetries());
        }

        @Override
        public void refused(List<Problem> problems) {
            refusals.add(problems.getFirst().found());
        }
    }

    @Test
    void tellsOfAChange() throws Exception {
        Path file = write("config.yaml", retries(1));
        try (var _ = watch(file)) {
            write("config.yaml", retries(2));
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void tellsOfAChangeThatCameBeforeIt() throws Exception {
        Path file = write("config.yaml", retries(1));
        GatewayConfig old = ConfigReader.read(file);
        write("config.yaml", retries(2));
        try (var _ = ConfigWatch.start(file, _ -> "", LOOK_EVERY, old, heard)) {
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void keepsSilentAboutWhatIsTheSame() throws Exception {
        Path file = write("config.yaml", retries(1));
        try (var _ = watch(file)) {
            write("config.yaml", retries(1));
            Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            write("config.yaml", retries(1) + "# a remark\n");
            write("config.yaml", retries(3));
            await().until(() -> heard.retries.contains(3));
        }
        assertThat(heard.retries).containsExactly(3);
        assertThat(heard.refusals).isEmpty();
    }

    @Test
    void tellsOnceOfEachBadChangeAndGoesOn() throws Exception {
        Path file = write("config.yaml", retries(1));
        try (var _ = watch(file)) {
            write("config.yaml", "router_settings: {num_retries: many}\n");
            await().until(() -> heard.refusals.size() == 1);
            write("config.yaml", "router_settings: {num_retries: many} # still\n");
            await().until(() -> heard.refusals.size() == 2);
            write("config.yaml", retries(2));
            await().until(() -> heard.retries.equals(List.of(2)));
        }
        assertThat(heard.refusals).containsExactly("\"many\"", "\"many\"");
    }

    @Test
    void tellsOfAFileThatIsGoneAndBack() throws Exception {
        Path file = write("config.yaml", retries(1));
        try (var _ = watch(file)) {
            Files.delete(file);
            await().until(() -> heard.refusals.equals(List.of("no readable file")));
            write("config.yaml", retries(2));
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void seesAFileThatIsWrittenInPlace() throws Exception {
        Path file = write("config.yaml", retries(1));
        FileTime time = Files.getLastModifiedTime(file);
        try (var _ = watch(file)) {
            Files.writeString(file, retries(2));
            Files.setLastModifiedTime(file, time);
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void seesAnEditorThatRenames() throws Exception {
        Path file = write("config.yaml", retries(1));
        FileTime time = Files.getLastModifiedTime(file);
        try (var _ = watch(file)) {
            Path copy = write("config.yaml.swp", retries(2));
            Files.setLastModifiedTime(copy, time);
            Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void seesTheLinkThatKubernetesTurns() throws Exception {
        Files.createDirectories(folder.resolve("..one"));
        Files.createDirectories(folder.resolve("..two"));
        write("..one/config.yaml", retries(1));
        write("..two/config.yaml", retries(2));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..one"));
        Path file = folder.resolve("config.yaml");
        Files.createSymbolicLink(file, Path.of("..data", "config.yaml"));
        try (var _ = watch(file)) {
            Path turned = folder.resolve("..data_tmp");
            Files.createSymbolicLink(turned, Path.of("..two"));
            Files.move(turned, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
            await().until(() -> heard.retries.equals(List.of(2)));
        }
    }

    @Test
    void seesIncludedFilesAlsoThoseThatAreNew() throws Exception {
        write("a.yaml", retries(1));
        Path file = write("config.yaml", "include: [a.yaml]\n");
        try (var _ = watch(file)) {
            write("a.yaml", retries(2));
            await().until(() -> heard.retries.equals(List.of(2)));

            write("config.yaml", "include: [a.yaml, b.yaml]\n");
            await().until(() -> heard.refusals.size() == 1);
            write("b.yaml", retries(3));
            await().until(() -> heard.retries.equals(List.of(2, 3)));
            write("b.yaml", retries(4));
            await().until(() -> heard.retries.equals(List.of(2, 3, 4)));
        }
    }

    @Test
    void survivesAListenerThatFails() throws Exception {
        Path file = write("config.yaml", retries(1));
        var failing =
                new ConfigWatch.Listener() {
                    @Override
                    public void changed(GatewayConfig config) {
                        heard.changed(config);
                        if (config.router().numRetries() == 2) {
                            throw new IllegalStateException("a bug of the listener");
                        }
                    }

                    @Override
                    public void refused(List<Problem> problems) {
                        heard.refused(problems);
                    }
                };
        GatewayConfig now = ConfigReader.read(file);
        try (var _ = ConfigWatch.start(file, _ -> "", LOOK_EVERY, now, failing)) {
            write("config.yaml", retries(2));
            await().until(() -> heard.retries.equals(List.of(2)));
            write("config.yaml", retries(3));
            await().until(() -> heard.retries.equals(List.of(2, 3)));
        }
    }

    @Test
    void endsWithItsThread() throws Exception {
        ConfigWatch watch = watch(write("config.yaml", retries(1)));

        watch.close();

        assertThat(watch.isRunning()).isFalse();
    }

    private ConfigWatch watch(Path file) throws InvalidConfigException {
        return ConfigWatch.start(file, _ -> "", LOOK_EVERY, ConfigReader.read(file), heard);
    }

    /** At once, so that no look sees half of it. */
    private Path write(String name, String text) throws IOException {
        Path draft = Files.writeString(folder.resolve("draft"), text);
        return Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String retries(int number) {
        return "router_settings: {num_retries: %d}\n".formatted(number);
    }
}
