package dev.sluice.standalone;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command that started this process, for further ones. */
final class OwnCommand {

    /** What a JVM may be told again; the start-up cache fits only with the flags beside it. */
    private static final List<String> PASSED_ON =
            List.of(
                    "--enable-native-access=",
                    "--sun-misc-unsafe-memory-access=",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:+UseG1GC",
                    "-XX:AOTCache=",
                    "-Xlog:");

    private OwnCommand() {}

    /** The same Java with the same classes; a verb and its options are to follow. */
    static List<String> of(Path home) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> PASSED_ON.stream().anyMatch(flag::startsWith))
                .forEach(command::add);
        command.add("-Xmx512m");
        command.add("-Dsluice.home=" + home);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        return command;
    }
}
