package dev.sluice.embedded;

import static java.util.Map.entry;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A Kafka broker and its controller in this JVM, on loopback, with a folder that it keeps.
 *
 * <p>{@code KafkaRaftServer} and {@code Formatter} are internal to Kafka: nothing outside this
 * class may know them.
 */
public final class EmbeddedKafka implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedKafka.class);

    /** Kafka's own: written when all logs are closed, deleted when they are opened. */
    private static final String CLOSED_CLEANLY = ".kafka_cleanshutdown";

    /** Kafka's own: there since the first logs were opened. */
    private static final String LOGS_WRITTEN = "recovery-point-offset-checkpoint";

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(8);
    private static final String NODE_ID = "1";

    private final DirectoryLock lock;
    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedKafka(DirectoryLock lock, KafkaRaftServer server, int port) {
        this.lock = lock;
        this.server = server;
        this.port = port;
    }

    /**
     * Starts a broker and returns when it serves.
     *
     * @param directory where its topics are kept; created if absent
     * @param port where it listens on 127.0.0.1; 0 for a free one
     * @throws StartFailedException if the folder is in use, the port is taken or the data is
     *     unusable
     */
    public static EmbeddedKafka start(Path directory, int port) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            survivesItsExits();
            Path data = lock.directory().resolve("data");
            format(data);
            if (wasKilled(data)) {
                settle(data);
            }
            return FreePort.startOn(
                    port, chosen -> new EmbeddedKafka(lock, serve(data, chosen), chosen));
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Where clients connect: {@code host:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Stops the broker, waiting at most 8 s for it. */
    @Override
    public void close() {
        stop(server);
        lock.close();
    }

    private static boolean wasKilled(Path data) {
        return Files.exists(data.resolve(LOGS_WRITTEN))
                && !Files.exists(data.resolve(CLOSED_CLEANLY));
    }

    /**
     * Opens the folder of a killed broker and closes it properly, before anybody can connect.
     *
     * <p>A broker that was killed finds itself leader on its next start, until the controller has
     * ended its old session and elects it again. Its group coordinator loads all groups each time,
     * and if the second load begins before the first has ended, the end of the first is taken for
     * that of the second (Kafka 4.3, {@code CoordinatorContext.load}): the coordinator then serves
     * from groups that it has not read, and consumers lose theirs, some of them for minutes. After
     * a proper end there is one election, and one load.
     */
    private static void settle(Path data) {
        stop(serve(data, FreePort.pick()));
    }

    private static KafkaRaftServer serve(Path data, int port) {
        if (!FreePort.isFree(port)) {
            throw new PortTakenException("Kafka", port);
        }
        var config = new KafkaConfig(settings(data, port, FreePort.pick()), false);
        var server = new KafkaRaftServer(config, Time.SYSTEM);
        try {
            server.startup();
            return server;
        } catch (RuntimeException e) {
            stop(server);
            throw lostItsPort(e)
                    ? new PortTakenException("Kafka", port)
                    : new StartFailedException("Kafka can't start on folder " + data, e);
        }
    }

    private static boolean lostItsPort(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    /**
     * A broker whose disk failed waits minutes for a controller that is gone: it is not waited for.
     */
    private static void stop(KafkaRaftServer server) {
        Thread stopping =
                Thread.ofPlatform()
                        .daemon()
                        .name("embedded-kafka-stop")
                        .start(() -> {
                            server.shutdown();
                            server.awaitShutdown();
                        });
        try {
            if (!stopping.join(STOP_TIMEOUT)) {
                LOGGER.atWarn()
                        .addKeyValue("timeout", STOP_TIMEOUT)
                        .log("embedded kafka did not stop in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Kafka ends its JVM when its disk fails; here that JVM also serves callers, so it only says
     * so.
     */
    private static void survivesItsExits() {
        Exit.Procedure report =
                (status, message) ->
                        LOGGER.atError()
                                .addKeyValue("status", status)
                                .addKeyValue("reason", message)
                                .log("embedded kafka gave up");
        Exit.setExitProcedure(report);
        Exit.setHaltProcedure(report);
    }

    private static void format(Path data) {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        try {
            Files.createDirectories(data);
            var silent =
                    new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            new Formatter()
                    .setPrintStream(silent)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(Integer.parseInt(NODE_ID))
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setDirectories(List.of(data.toString()))
                    .setMetadataLogDirectory(data.toString())
                    .run();
        } catch (Exception e) {
            throw new StartFailedException("Kafka can't prepare folder " + data, e);
        }
    }

    private static Map<String, String> settings(Path data, int port, int controllerPort) {
        String broker = "PLAINTEXT://127.0.0.1:" + port;
        String controller = "CONTROLLER://127.0.0.1:" + controllerPort;
        return Map.ofEntries(
                entry("process.roles", "broker,controller"),
                entry("node.id", NODE_ID),
                entry("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort),
                entry("controller.listener.names", "CONTROLLER"),
                entry("inter.broker.listener.name", "PLAINTEXT"),
                entry("listeners", broker + "," + controller),
                entry("advertised.listeners", broker),
                entry("log.dirs", data.toString()),
                entry("auto.create.topics.enable", "false"),
                entry("num.partitions", "3"),
                // There is one broker: every topic of its own has one copy and few partitions.
                entry("default.replication.factor", "1"),
                entry("min.insync.replicas", "1"),
                entry("offsets.topic.replication.factor", "1"),
                entry("offsets.topic.num.partitions", "4"),
                entry("transaction.state.log.replication.factor", "1"),
                entry("transaction.state.log.min.isr", "1"),
                entry("transaction.state.log.num.partitions", "4"),
                entry("share.coordinator.state.topic.replication.factor", "1"),
                entry("share.coordinator.state.topic.min.isr", "1"),
                entry("share.coordinator.state.topic.num.partitions", "4"),
                // Groups form at once, and one that was killed is forgotten soon.
                entry("group.initial.rebalance.delay.ms", "0"),
                entry("group.share.heartbeat.interval.ms", "1000"),
                entry("group.share.min.heartbeat.interval.ms", "1000"),
                entry("group.share.session.timeout.ms", "10000"),
                entry("group.share.min.session.timeout.ms", "10000"),
                entry("group.streams.initial.rebalance.delay.ms", "0"),
                entry("group.streams.heartbeat.interval.ms", "1000"),
                entry("group.streams.min.heartbeat.interval.ms", "1000"),
                entry("group.streams.session.timeout.ms", "10000"),
                entry("group.streams.min.session.timeout.ms", "10000"),
                // After a kill the next start waits until the session of the old broker is over.
                entry("broker.heartbeat.interval.ms", "500"),
                entry("broker.session.timeout.ms", "3000"),
                // Otherwise an idle broker writes a record every 500 ms for ever.
                entry("metadata.max.idle.interval.ms", "0"),
                entry("num.network.threads", "1"),
                entry("num.io.threads", "2"),
                entry("background.threads", "2"),
                entry("log.cleaner.dedupe.buffer.size", "4194304"));
    }
}
