package dev.sluice.providers.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Fuzzes the targets one after another with Jazzer, guided by coverage, each in a JVM of its own.
 * What it learns stays in {@code target/fuzz/NAME/corpus} from run to run, an input that breaks a
 * promise is {@code target/fuzz/NAME/crash-…}, and what the fuzzer said is {@code log}.
 */
public final class Fuzzing {

    private static final Duration START = Duration.ofMinutes(15);

    private Fuzzing() {}

    /**
     * Runs.
     *
     * @param arguments seconds a target, a target's name or {@code all}, the folder to work in, and
     *     the fuzzer's own options
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        long seconds = Long.parseLong(arguments[0]);
        Path folder = Path.of(arguments[2]);
        List<String> options = List.of(arguments).subList(3, arguments.length);
        int run = 0;
        List<String> broken = new ArrayList<>();
        for (Target target : Target.ALL) {
            if (arguments[1].equals("all") || arguments[1].equals(target.toString())) {
                run++;
                Path work = Files.createDirectories(folder.resolve(target.toString()));
                boolean sound = fuzz(target, work.toAbsolutePath(), seconds, options);
                System.out.printf("%s: %s%n", target, sound ? "sound" : "BROKEN, see " + work);
                if (!sound) {
                    broken.add(target.toString());
                }
            }
        }
        if (run == 0 || !broken.isEmpty()) {
            throw new IllegalStateException(
                    run == 0 ? "there is no such target" : "broken: " + broken);
        }
    }

    private static boolean fuzz(Target target, Path work, long seconds, List<String> options)
            throws IOException, InterruptedException {
        Files.createDirectories(work.resolve("corpus"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:+EnableDynamicAgentLoading",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Xmx1g",
                                "-cp",
                                System.getProperty("java.class.path", ""),
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + target.type().getName(),
                                "--instrumentation_includes=dev.sluice.providers.**",
                                "--instrumentation_excludes=dev.sluice.providers.fuzz.**",
                                "--custom_hook_includes=dev.sluice.providers.**",
                                "--reproducer_path=" + work,
                                "-artifact_prefix=" + work + File.separator,
                                "-max_total_time=" + seconds,
                                "-timeout=20"));
        command.addAll(options);
        command.add(work.resolve("corpus").toString());
        command.add(target.corpus().toAbsolutePath().toString());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(work.resolve("log").toFile())
                        .start();
        long patience = seconds + START.toSeconds();
        if (!process.waitFor(patience, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }
}
