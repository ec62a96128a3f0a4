package dev.sluice.embedded;

import dev.sluice.embedded.PostgresServer.Launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A second gateway: a process that serves PostgreSQL on a folder until it is killed. */
final class OtherJvm {

    /** Exit code if the folder was in use. */
    static final int REFUSED = 3;

    private static final String SERVING = "serving";

    private OtherJvm() {}

    static Process run(Path directory, Path binaries, Launch launch) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherJvm.class.getName(),
                        directory.toString(),
                        binaries.toString(),
                        launch.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Waits for its only line. */
    static boolean isServing(Process process) throws IOException {
        return SERVING.equals(process.inputReader(StandardCharsets.UTF_8).readLine());
    }

    /** Its PostgreSQL server. */
    static ProcessHandle server(Path directory) throws IOException {
        Path pidFile = directory.resolve("data").resolve("postmaster.pid");
        long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst());
        return ProcessHandle.of(pid).orElseThrow();
    }

    static void main(String[] arguments) throws SQLException, InterruptedException {
        try {
            EmbeddedPostgres postgres =
                    EmbeddedPostgres.start(
                            Path.of(arguments[0]),
                            Path.of(arguments[1]),
                            0,
                            Map.of(),
                            Launch.valueOf(arguments[2]));
            EmbeddedPostgresIT.execute(
                    postgres, "create table committed (v int)", "insert into committed values (7)");
            IO.println(SERVING);
            new CountDownLatch(1).await();
        } catch (StartFailedException _) {
            System.exit(REFUSED);
        }
    }
}
