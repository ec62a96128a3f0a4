package dev.sluice.standalone.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.standalone.chaos.Timeline.Happening;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** All parts of the house as processes, on ports and folders that outlive each of them. */
final class House implements AutoCloseable {

    private static final int STARTS_MAX = 5;
    private static final Duration BETWEEN_STARTS = Duration.ofSeconds(1);

    private final Path folder;
    private final Path logs;
    private final List<String> command;
    private final HouseConfig config;
    private final PartProcess simulator;
    private final Map<Target, PartProcess> parts = new EnumMap<>(Target.class);
    private final Map<Target, ReentrantLock> locks = new EnumMap<>(Target.class);
    private final AtomicInteger failedStarts = new AtomicInteger();
    private final Map<String, String> complaints = new ConcurrentHashMap<>();

    /** A house in a folder of its own; nothing runs yet. */
    House(Path folder, List<String> command) throws IOException {
        this.folder = folder;
        this.logs = Files.createDirectories(folder.resolve("logs"));
        this.command = command;
        this.config = HouseConfig.drawn(folder);
        this.simulator =
                part(
                        "simulator",
                        Stream::empty,
                        List.of("simulator", "--port", port(config.simulatorPort())));
        for (Target target : Target.values()) {
            locks.put(target, new ReentrantLock());
            parts.put(
                    target,
                    part(
                            target.label(),
                            target == Target.POSTGRES ? this::postgres : Stream::empty,
                            config.arguments(target)));
        }
    }

    private PartProcess part(
            String name, Supplier<Stream<ProcessHandle>> servants, List<String> arguments) {
        return new PartProcess(
                name, Stream.concat(command.stream(), arguments.stream()).toList(), logs, servants);
    }

    private static String port(int port) {
        return Integer.toString(port);
    }

    /** Starts everything, servers first: the config needs the database's password. */
    void start() throws IOException, InterruptedException {
        simulator.start();
        part(Target.KAFKA).start();
        part(Target.POSTGRES).start();
        Files.writeString(config.file(), config.text(databasePassword()), UTF_8);
        for (Target target :
                List.of(Target.AGGREGATOR, Target.ROUTER, Target.INGRESS_1, Target.INGRESS_2)) {
            part(target).start();
        }
    }

    HouseConfig config() {
        return config;
    }

    Path logs() {
        return logs;
    }

    /** The password that the embedded database made for itself. */
    String databasePassword() throws IOException {
        return Files.readString(folder.resolve("postgres").resolve("password"), UTF_8).strip();
    }

    /** Where callers call. */
    List<URI> ingresses() {
        return List.of(config.url(Target.INGRESS_1), config.url(Target.INGRESS_2));
    }

    /** Starts that did not succeed at once, in a sentence each. */
    List<String> failedStarts() {
        return new ArrayList<>(complaints.values());
    }

    /** Disturbs one part and brings it back; how long it took from its start until it served. */
    Duration perform(Happening happening) throws IOException, InterruptedException {
        PartProcess part = part(happening.target());
        ReentrantLock lock = lock(happening.target());
        lock.lockInterruptibly();
        try {
            switch (happening.deed()) {
                case KILL -> {
                    part.kill();
                    TimeUnit.NANOSECONDS.sleep(happening.away().toNanos());
                }
                case STOP -> {
                    part.freeze();
                    try {
                        TimeUnit.NANOSECONDS.sleep(happening.away().toNanos());
                    } finally {
                        part.thaw();
                    }
                    return Duration.ZERO;
                }
                case RESTART -> {
                    if (!part.terminate()) {
                        complain(happening.target().label() + " did not end with 0 on SIGTERM");
                    }
                }
            }
            return bringBack(part);
        } finally {
            lock.unlock();
        }
    }

    private Duration bringBack(PartProcess part) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        for (int start = 1; ; start++) {
            try {
                part.start();
                return Duration.ofNanos(System.nanoTime() - begin);
            } catch (IOException e) {
                complain(String.valueOf(e.getMessage()));
                part.kill();
                if (start == STARTS_MAX) {
                    throw e;
                }
                TimeUnit.NANOSECONDS.sleep(BETWEEN_STARTS.toNanos());
            }
        }
    }

    private void complain(String sentence) {
        complaints.put(failedStarts.incrementAndGet() + ". " + sentence, sentence);
    }

    /** Every part runs. */
    void repair() throws IOException, InterruptedException {
        for (Map.Entry<Target, PartProcess> part : parts.entrySet()) {
            ReentrantLock lock = lock(part.getKey());
            lock.lockInterruptibly();
            try {
                part.getValue().thaw();
                if (!part.getValue().isAlive()) {
                    complain(part.getKey().label() + " had ended by itself");
                    bringBack(part.getValue());
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private PartProcess part(Target target) {
        PartProcess part = parts.get(target);
        if (part == null) {
            throw new IllegalStateException("no part " + target);
        }
        return part;
    }

    private ReentrantLock lock(Target target) {
        ReentrantLock lock = locks.get(target);
        if (lock == null) {
            throw new IllegalStateException("no lock of " + target);
        }
        return lock;
    }

    /** The server and its sessions, which are no children of the JVM that started them. */
    private Stream<ProcessHandle> postgres() {
        Path status = folder.resolve("postgres").resolve("data").resolve("postmaster.pid");
        try {
            List<String> lines = Files.readAllLines(status);
            return lines.isEmpty()
                    ? Stream.empty()
                    : ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                            .filter(House::isPostgres)
                            .stream()
                            .flatMap(master ->
                                    Stream.concat(Stream.of(master), master.descendants()));
        } catch (IOException | NumberFormatException e) {
            return Stream.empty();
        }
    }

    /** A number in a file that a crash left behind may be another process by now. */
    private static boolean isPostgres(ProcessHandle process) {
        return process.info().command().map(path -> path.endsWith("/postgres")).orElse(false);
    }

    /** Ends every process, by its number, in whatever state it is. */
    @Override
    public void close() {
        parts.values().forEach(PartProcess::endForGood);
        simulator.endForGood();
    }
}
