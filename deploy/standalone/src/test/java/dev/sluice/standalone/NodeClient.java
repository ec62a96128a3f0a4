package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs scripts of OpenAI's Node client. */
final class NodeClient {

    private static final Path SOURCES =
            Path.of(System.getProperty("sluice.root", "../.."))
                    .resolve("deploy/standalone/src/test/node");

    private NodeClient() {}

    /**
     * A folder with the client and a script. The test is reported as skipped where there is no
     * Node, or the client cannot be fetched.
     */
    static Path installed(String script) throws Exception {
        Path folder = Files.createDirectories(Path.of("target", "node-client"));
        for (String file : List.of(script, "package.json", "package-lock.json")) {
            Files.copy(
                    SOURCES.resolve(file),
                    folder.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.isDirectory(folder.resolve("node_modules/@anthropic-ai"))) {
            assumeThat(succeeds(folder, "node", "--version")).as("node is there").isTrue();
            assumeThat(succeeds(folder, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"))
                    .as("npm can fetch the client")
                    .isTrue();
        }
        return folder;
    }

    private static boolean succeeds(Path folder, String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(2, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What a script prints; it must end well. */
    static String run(Path folder, String... arguments) throws Exception {
        List<String> command = Stream.concat(Stream.of("node"), Stream.of(arguments)).toList();
        Process node =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(node.getInputStream().readAllBytes(), UTF_8);
        assertThat(node.waitFor()).as(output).isZero();
        return output;
    }
}
