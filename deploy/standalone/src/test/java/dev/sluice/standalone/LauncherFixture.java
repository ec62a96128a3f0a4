package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The launcher in a house of its own: a copy of the script among sources that are just names, with
 * a Maven and a JDK that only write down how they were called.
 */
final class LauncherFixture {

    private static final long SECONDS_MAX = 60;

    /** What the script may use; a java or mvn of this machine is not among them. */
    private static final List<String> TOOLS =
            List.of(
                    "awk",
                    "basename",
                    "bash",
                    "cat",
                    "cksum",
                    "cp",
                    "cut",
                    "dirname",
                    "env",
                    "find",
                    "grep",
                    "head",
                    "ln",
                    "ls",
                    "mkdir",
                    "ps",
                    "readlink",
                    "rm",
                    "rmdir",
                    "sed",
                    "sleep",
                    "sort",
                    "tail",
                    "tee",
                    "touch",
                    "tr",
                    "xargs");

    private final Path root;
    private final Path bin;
    private final Map<String, String> environment = new HashMap<>();

    /** What a run of the launcher came to. */
    record Outcome(int status, String out, String err) {}

    LauncherFixture(Path folder) throws IOException {
        root = Files.createDirectories(folder.resolve("house")).toRealPath();
        bin = Files.createDirectories(folder.resolve("bin"));
        for (String tool : TOOLS) {
            for (String place : List.of("/usr/bin/", "/bin/")) {
                if (Files.exists(Path.of(place + tool))) {
                    write(
                            bin.resolve(tool),
                            "#!/bin/sh\nexec %s%s \"$@\"\n".formatted(place, tool),
                            true);
                }
            }
        }
        Path original = Path.of(System.getProperty("sluice.root", "../..")).resolve("sluice");
        // The folders in which this machine may well have a JDK do not count.
        String script =
                Files.readString(original, UTF_8)
                        .replaceAll(
                                " /(usr/lib|usr/lib64|usr/java|usr/libexec|opt|Library)/",
                                " /nowhere/");
        write(root.resolve("sluice"), script, true);
        write(root.resolve("pom.xml"), "<project><version>1.2.3</version></project>\n", false);
        write(source(), "class A {}\n", false);
        write(
                root.resolve("deploy/standalone/src/main/resources/dev/sluice/standalone/help.txt"),
                "the verbs\n",
                false);
        environment.put("PATH", bin.toString());
        environment.put("HOME", folder.resolve("nobody").toString());
        environment.put("CALLS", root.resolve("calls").toString());
    }

    Path root() {
        return root;
    }

    Path script() {
        return root.resolve("sluice");
    }

    Path source() {
        return root.resolve("ingress/src/main/java/A.java");
    }

    LauncherFixture with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A JDK that writes down its arguments; training makes a cache as the real one does. */
    Path jdk(String name, String version) throws IOException {
        Path home = root.resolveSibling(name);
        write(home.resolve("release"), "JAVA_VERSION=\"%s\"\n".formatted(version), false);
        write(
                home.resolve("bin/java"),
                """
                #!/usr/bin/env bash
                printf 'java %s\\n' "$*" >>"$CALLS"
                for argument in "$@"; do
                    case $argument in
                        -XX:AOTCacheOutput=*) touch "${argument#*=}"; exit "${TRAINING_STATUS:-0}" ;;
                    esac
                done
                printf 'ran: %s\\n' "$*"
                """,
                true);
        write(home.resolve("bin/javac"), "#!/usr/bin/env bash\n", true);
        return home;
    }

    /**
     * A Maven that says its version and makes the two jars, or prints what it is told and fails.
     */
    LauncherFixture withMaven(String version) throws IOException {
        write(
                bin.resolve("mvn"),
                """
                #!/usr/bin/env bash
                case $* in
                    -v) echo 'Apache Maven %s'; exit ;;
                esac
                printf 'mvn %%s JAVA_HOME=%%s\\n' "$*" "$JAVA_HOME" >>"$CALLS"
                [ -z "${MAVEN_OUTPUT:-}" ] || printf '%%b\\n' "$MAVEN_OUTPUT"
                sleep "${MAVEN_SECONDS:-0}"
                mkdir -p '%s/deploy/standalone/target/lib'
                touch '%s/deploy/standalone/target/sluice-standalone-1.jar'
                touch '%s/deploy/standalone/target/lib/kafka.jar'
                exit "${MAVEN_STATUS:-0}"
                """
                        .formatted(version, root, root, root),
                true);
        return this;
    }

    /** The calls of Maven and Java so far, oldest first. */
    List<String> calls() throws IOException {
        Path calls = root.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    Outcome run(String... arguments) throws IOException, InterruptedException {
        return run(root, script(), arguments);
    }

    Outcome run(Path from, Path command, String... arguments)
            throws IOException, InterruptedException {
        return await(begin(from, command, arguments));
    }

    Process begin(Path from, Path command, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(arguments));
        var builder = new ProcessBuilder(line).directory(from.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    Outcome await(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the launcher hangs: " + err);
        }
        return new Outcome(process.exitValue(), out, err);
    }

    static void write(Path file, String text, boolean executable) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text, UTF_8);
        if (executable) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
