package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class IncludeTest {

    @TempDir Path folder;

    @Test
    void joinsListsAndMergesBlocks() throws Exception {
        write("models/a.yaml", "model_list: [{model_name: a, litellm_params: {model: m}}]\n");
        write("b.yaml", "include: [models/c.yaml]\nrouter_settings: {timeout: 7}\n");
        write("models/c.yaml", "model_list: [{model_name: c, litellm_params: {model: m}}]\n");
        Path main =
                write(
                        "config.yaml",
                        """
                        include:
                          - models/a.yaml
                          - ./b.yaml
                        model_list: [{model_name: main, litellm_params: {model: m}}]
                        router_settings: {num_retries: 4}
                        """);

        GatewayConfig config = ConfigReader.read(main, _ -> "");

        assertThat(config.modelList())
                .extracting(ModelEntry::modelName)
                .containsExactly("main", "a", "c");
        assertThat(config.modelList().get(1).file()).isEqualTo(folder + "/models/a.yaml");
        assertThat(config.router().numRetries()).isEqualTo(4);
        assertThat(config.router().timeout()).hasSeconds(7);
        assertThat(config.notices()).isEmpty();
    }

    @Test
    void tellsWhichOfTwoValuesHolds() throws Exception {
        write("b.yaml", "\nrouter_settings: {num_retries: 9}\n");
        Path main = write("config.yaml", "include: [b.yaml]\nrouter_settings: {num_retries: 4}\n");

        GatewayConfig config = ConfigReader.read(main, _ -> "");

        assertThat(config.router().numRetries()).isEqualTo(9);
        assertThat(config.notices())
                .containsExactly(
                        "%1$s/config.yaml:2: router_settings.num_retries is replaced by %1$s/b.yaml:2"
                                .formatted(folder));
    }

    @Test
    void saysInWhichFileAMistakeIs() throws Exception {
        write("b.yaml", "\n\nrouter_settings: {timeout: soon, num_retrys: 1}\n");
        write("c.yaml", "a: [\n");
        Path main = write("config.yaml", "include: [b.yaml, c.yaml, none.yaml]\nmodel_list: x\n");

        assertThat(problems(main))
                .containsExactly(
                        folder
                                + "/config.yaml:1: found no readable file "
                                + folder
                                + "/none.yaml, expected a config file in UTF-8",
                        folder + "/config.yaml:2: found \"x\", expected a list at model_list",
                        folder
                                + "/b.yaml:3: found \"soon\", expected seconds, at least 0.001 at"
                                + " router_settings.timeout",
                        folder
                                + "/c.yaml:2: found expected the node content, but found '<stream"
                                + " end>', expected YAML");
    }

    @Test
    void refusesACircle() throws Exception {
        write("b.yaml", "router_settings: {num_retries: 1}\ninclude: c.yaml\n");
        write("c.yaml", "include: b.yaml\n");
        Path main = write("config.yaml", "include: b.yaml\n");

        assertThat(problems(main))
                .containsExactly(
                        folder
                                + "/c.yaml:1: found "
                                + folder
                                + "/b.yaml, which is being read already, expected no circle of"
                                + " files at include");
    }

    @Test
    void boundsTheNumberOfFiles() throws Exception {
        var names = new StringBuilder();
        for (int i = 0; i < 120; i++) {
            write("f%d.yaml".formatted(i), "router_settings: {}\n");
            names.append("\n- f%d.yaml".formatted(i));
        }
        Path main = write("config.yaml", "include:" + names + "\n");

        assertThat(problems(main))
                .hasSize(21)
                .first()
                .isEqualTo(folder + "/config.yaml:101: found file 101, expected at most 100 files");
    }

    @Test
    void readsAFileThatTwoOthersInclude() throws Exception {
        write("b.yaml", "include: d.yaml\nrouter_settings: {num_retries: 1}\n");
        write("c.yaml", "include: d.yaml\n");
        write("d.yaml", "router_settings: {timeout: 3}\n");
        Path main = write("config.yaml", "include: [b.yaml, c.yaml]\n");

        assertThat(ConfigReader.read(main, _ -> "").router().timeout()).hasSeconds(3);
    }

    private static List<String> problems(Path file) {
        try {
            ConfigReader.read(file, _ -> "");
            return List.of();
        } catch (InvalidConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
