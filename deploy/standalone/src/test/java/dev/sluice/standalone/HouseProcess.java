package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The command line in a JVM of its own, as the launcher would start it. */
final class HouseProcess implements AutoCloseable {

    /** Kept between runs, so that the programs of PostgreSQL are unpacked once. */
    static final Path HOME = Path.of("target", "test-home").toAbsolutePath();

    private static final List<String> JVM_FLAGS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-Xmx512m");

    private final Process process;
    private final BufferedReader output;
    private final Path complaints;

    private HouseProcess(Process process, Path complaints) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        this.complaints = complaints;
    }

    static HouseProcess start(Path folder, String... arguments) throws IOException {
        Path complaints = Files.createTempFile(folder, "stderr", ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.add("-Dsluice.home=" + HOME);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(complaints.toFile()).start();
        return new HouseProcess(process, complaints);
    }

    static HouseProcess demo(Path folder) throws IOException {
        return start(
                folder,
                "demo",
                "--port",
                "0",
                "--simulator-port",
                "0",
                "--data",
                folder.resolve("data").toString());
    }

    /** Waits for the lines that say that it is ready; fewer if it ends before. */
    List<String> lines(int count) throws IOException {
        List<String> lines = new ArrayList<>();
        while (lines.size() < count) {
            String line = output.readLine();
            if (line == null) {
                break;
            }
            lines.add(line);
        }
        return lines;
    }

    /** Waits until a demo is ready. */
    Gateway awaitDemo() throws IOException {
        List<String> lines = lines(4);
        if (lines.size() < 4) {
            throw new IOException("the demo ended: " + complaints());
        }
        return Gateway.at(value(lines.get(0)), value(lines.get(1)), value(lines.get(2)));
    }

    private static String value(String line) {
        return line.substring(line.indexOf(' ') + 1);
    }

    String complaints() throws IOException {
        return Files.readString(complaints, UTF_8);
    }

    /** Sends a signal by its name and waits for the end; the exit code. */
    int end(String signal, long secondsMax) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder(
                                "kill",
                                "-" + signal.toUpperCase(Locale.ROOT),
                                Long.toString(process.pid()))
                        .start();
        kill.waitFor();
        return awaitEnd(secondsMax);
    }

    int awaitEnd(long secondsMax) throws IOException, InterruptedException {
        if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
            throw new IOException("does not end: " + complaints());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
