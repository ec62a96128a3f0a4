package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.embedded.PostgresServer.Launch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class EmbeddedPostgresIT {

    private static final Path BINARIES = Path.of("target", "test-binaries");

    /** Killed processes lose nothing by it, and the tests do not wait for a disk. */
    private static final Map<String, String> NOT_DURABLE = Map.of("fsync", "off");

    /** It computes without looking up, so it does not notice that its server is gone. */
    private static final String A_SECOND_OF_WORK =
            "select count(*) from generate_series(1, 1500) a, generate_series(1, 10000) b";

    private static final String COUNT_OF_BUSY_SESSIONS =
            "select count(*) from pg_stat_activity where state = 'active' and query like '% a, %'"
                    + " and pid <> pg_backend_pid()";

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource(Launch.class)
    void keepsItsDataAndPasswordOverARestart(Launch launch) throws SQLException {
        String password;
        try (EmbeddedPostgres postgres = start(launch)) {
            execute(postgres, "create table kept (v int)", "insert into kept values (42)");
            password = postgres.password();
        }

        try (EmbeddedPostgres postgres = start(launch)) {
            assertThat(single(postgres, "select v from kept")).isEqualTo("42");
            assertThat(postgres.password()).isEqualTo(password).hasSizeGreaterThan(20);
        }
    }

    @Test
    void isDurableSafeAndOnUtc() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, BINARIES, 0)) {
            assertThat(single(postgres, "show fsync")).isEqualTo("on");
            assertThat(single(postgres, "show synchronous_commit")).isEqualTo("on");
            assertThat(single(postgres, "show log_timezone")).isEqualTo("UTC");
            assertThat(single(postgres, "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThatThrownBy(() ->
                            DriverManager.getConnection(
                                    postgres.jdbcUrl(), postgres.user(), "wrong"))
                    .hasMessageContaining("password authentication failed");
        }
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(directory.resolve("password"))))
                .isEqualTo("rw-------");
    }

    @Test
    void takesTheCallersSettingsOverItsOwn() throws SQLException {
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.start(directory, BINARIES, 0, Map.of("fsync", "off"))) {
            assertThat(single(postgres, "show fsync")).isEqualTo("off");
        }
    }

    @Test
    void refusesASecondServerOnTheSameFolderAndLeavesTheFirstAlone() throws Exception {
        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> start(Launch.CHILD))
                        .isInstanceOf(StartFailedException.class)
                        .hasMessageContaining(directory.toRealPath().toString())
                        .hasMessageContaining("in use");
            }

            assertThat(single(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void refusesASecondServerOfAnotherProcess() throws Exception {
        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            Process other = OtherJvm.run(directory, BINARIES, Launch.CHILD);

            assertThat(other.waitFor()).isEqualTo(OtherJvm.REFUSED);
            assertThat(single(postgres, "select 1")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource(Launch.class)
    void takesOverWhatAKilledJvmLeftBehind(Launch launch) throws Exception {
        Process other = OtherJvm.run(directory, BINARIES, launch);
        assertThat(OtherJvm.isServing(other)).isTrue();
        ProcessHandle orphan = OtherJvm.server(directory);

        other.destroyForcibly().waitFor();

        try (EmbeddedPostgres postgres = start(launch)) {
            assertThat(single(postgres, "select v from committed")).isEqualTo("7");
            await().atMost(Duration.ofSeconds(5)).until(() -> !orphan.isAlive());
        }
    }

    @Test
    void endsWithItsJvm() throws Exception {
        assumeTrue(Commands.works(List.of("setpriv", "--pdeathsig", "INT", "true")));
        Process other = OtherJvm.run(directory, BINARIES, Launch.CHILD);
        assertThat(OtherJvm.isServing(other)).isTrue();
        ProcessHandle server = OtherJvm.server(directory);

        other.destroyForcibly();

        await().atMost(Duration.ofSeconds(10)).until(() -> !server.isAlive());
    }

    @ParameterizedTest
    @EnumSource(Launch.class)
    void runsInASessionOfItsOwn(Launch launch) throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")));

        try (EmbeddedPostgres postgres = start(launch)) {
            long pid = postgres.process().pid();
            assertThat(session(pid)).isNotEqualTo(session(ProcessHandle.current().pid()));
        }
    }

    @Test
    void shutsDownCleanlyInAnInterruptedThread() throws Exception {
        EmbeddedPostgres postgres = start(Launch.CHILD);

        Thread.currentThread().interrupt();
        postgres.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(directory.resolve("server.log"))
                .content()
                .contains("fast shutdown request", "database system is shut down");
    }

    @Test
    void startsAfterItsServerWasKilled() throws Exception {
        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            execute(postgres, "create table kept (v int)", "insert into kept values (42)");

            postgres.process().destroyForcibly();
            postgres.process().onExit().join();
        }

        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            assertThat(single(postgres, "select v from kept")).isEqualTo("42");
        }
    }

    @Test
    void waitsForTheLastQueryOfAServerThatWasKilled() throws Exception {
        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            execute(postgres, "create table kept (v int)", "insert into kept values (42)");
            Thread query = Thread.ofVirtual().start(() -> runToTheEnd(postgres));
            await().until(() -> !single(postgres, COUNT_OF_BUSY_SESSIONS).equals("0"));

            postgres.process().destroyForcibly();
            postgres.process().onExit().join();
            assertThat(query.isAlive()).isTrue();
        }

        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            assertThat(single(postgres, "select v from kept")).isEqualTo("42");
        }
    }

    @Test
    void ignoresAPidFileWhoseNumberIsNowAnotherProcess() throws Exception {
        start(Launch.CHILD).close();
        Path pidFile = directory.resolve("data").resolve("postmaster.pid");
        Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");

        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            assertThat(single(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void beginsAnewAfterAnInitialisationThatWasCutOff() throws Exception {
        Files.createDirectories(directory.resolve("data.new").resolve("base"));
        Files.writeString(directory.resolve("data.new").resolve("PG_VERSION"), "18");

        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            assertThat(single(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void saysThatAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(
                            () -> EmbeddedPostgres.start(directory, BINARIES, taken.getLocalPort()))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("port " + taken.getLocalPort() + " is taken");
        }
    }

    @Test
    void refusesDataOfAnotherVersion() throws Exception {
        start(Launch.CHILD).close();
        Files.writeString(directory.resolve("data").resolve("PG_VERSION"), "17\n");

        assertThatThrownBy(() -> start(Launch.CHILD))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("PostgreSQL 17");
    }

    @ParameterizedTest
    @EnumSource(Launch.class)
    void quotesTheServersLogWhenItDoesNotStart(Launch launch) {
        Map<String, String> settings = Map.of("shared_buffers", "a lot");

        assertThatThrownBy(() -> EmbeddedPostgres.start(directory, BINARIES, 0, settings, launch))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("shared_buffers");
    }

    @Test
    void givesTheFolderBackWhenItDoesNotStart() throws SQLException {
        Map<String, String> settings = Map.of("shared_buffers", "a lot");
        assertThatThrownBy(() -> EmbeddedPostgres.start(directory, BINARIES, 0, settings))
                .isInstanceOf(StartFailedException.class);

        try (EmbeddedPostgres postgres = start(Launch.CHILD)) {
            assertThat(single(postgres, "select 1")).isEqualTo("1");
        }
    }

    private EmbeddedPostgres start(Launch launch) {
        return EmbeddedPostgres.start(directory, BINARIES, 0, NOT_DURABLE, launch);
    }

    private static void runToTheEnd(EmbeddedPostgres postgres) {
        try {
            execute(postgres, A_SECOND_OF_WORK);
        } catch (SQLException _) {
            // whether the answer still comes is not what matters
        }
    }

    /** Field 6 of {@code stat}; the name before it is in parentheses and may hold blanks. */
    private static String session(long pid) throws Exception {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3];
    }

    static void execute(EmbeddedPostgres postgres, String... statements) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String single(EmbeddedPostgres postgres, String query) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        var source = new PGSimpleDataSource();
        source.setUrl(postgres.jdbcUrl());
        return source.getConnection(postgres.user(), postgres.password());
    }
}
