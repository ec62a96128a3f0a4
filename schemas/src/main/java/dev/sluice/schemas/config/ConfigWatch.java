package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Looks whether a config file or one that it includes has changed, and reads it again. It looks at
 * paths, not at open files or directories, so that editors that rename and Kubernetes, which turns
 * a link to another folder, are seen too; what counts is the content.
 *
 * <p>A right file counts at the first look, a wrong one is told of at the second: it may have been
 * half written. What held before holds on.
 */
public final class ConfigWatch implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigWatch.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** Times of some file systems stand still within it: younger files are read at each look. */
    private static final Duration UNSURE = Duration.ofSeconds(3);

    /** Included files come up while reading; a chain of new ones is followed this far a look. */
    private static final int MAX_ROUNDS = 4;

    private final Path file;
    private final UnaryOperator<String> environment;
    private final Listener listener;
    private final Duration lookEvery;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    // What follows belongs to the watch's thread.
    private GatewayConfig current;
    private Map<Path, Seen> seen = Map.of();

    /** Told at the next look, if the files are still the same: half written files look broken. */
    private List<Problem> unsaid = List.of();

    /** Who wants to know; called on the watch's own thread, one call at a time. */
    public interface Listener {

        /** The files changed, and are right. */
        void changed(GatewayConfig config);

        /** The files changed, and are wrong: what held before still holds. */
        void refused(List<Problem> problems);
    }

    /**
     * How a file looked.
     *
     * @param attributes what a look costs little for: time, size and identity; null if there is no
     *     such file
     * @param young whether it may have changed since without a change of attributes
     */
    private record Seen(@Nullable String attributes, boolean young, String hash) {}

    private ConfigWatch(
            Path file,
            UnaryOperator<String> environment,
            Duration lookEvery,
            GatewayConfig current,
            Listener listener) {
        this.file = requireNonNull(file, "file is null");
        this.environment = environment;
        this.listener = listener;
        this.lookEvery = lookEvery;
        this.current = current;
        this.thread = Thread.ofPlatform().daemon().name("config-watch").unstarted(this::run);
    }

    /**
     * Begins to watch.
     *
     * @param environment where {@code os.environ/NAME} is looked up, as by {@link ConfigReader}
     * @param current what holds now; the listener hears of everything that differs from it, also if
     *     the file changed before the watch began
     */
    public static ConfigWatch start(
            Path file,
            UnaryOperator<String> environment,
            GatewayConfig current,
            Listener listener) {
        return start(file, environment, LOOK_EVERY, current, listener);
    }

    static ConfigWatch start(
            Path file,
            UnaryOperator<String> environment,
            Duration lookEvery,
            GatewayConfig current,
            Listener listener) {
        var watch = new ConfigWatch(file, environment, lookEvery, current, listener);
        watch.thread.start();
        return watch;
    }

    private void run() {
        try {
            do {
                lookAgain();
            } while (!closed.await(lookEvery.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAgain() {
        try {
            Map<Path, Seen> now = look(seen.keySet(), seen);
            boolean changed = seen.isEmpty() || !hashes(now).equals(hashes(seen));
            seen = now;
            if (changed) {
                unsaid = List.of();
                readAgain();
            } else if (!unsaid.isEmpty()) {
                List<Problem> problems = unsaid;
                unsaid = List.of();
                listener.refused(problems);
            }
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("file", file).setCause(e).log("cannot reload the config");
        }
    }

    /**
     * Every file is looked at before it is read: what changes in between is seen by the next look.
     */
    private void readAgain() {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            var reader = new ConfigReader(file, environment);
            GatewayConfig config = null;
            List<Problem> problems = List.of();
            try {
                config = reader.read();
            } catch (InvalidConfigException e) {
                problems = e.problems();
            }
            boolean known = seen.keySet().containsAll(reader.files());
            Map<Path, Seen> next = look(reader.files(), Map.of());
            next.putAll(intersection(seen, reader.files()));
            seen = next;
            if (known || round == MAX_ROUNDS - 1) {
                tell(config, problems);
                return;
            }
        }
    }

    private void tell(@Nullable GatewayConfig config, List<Problem> problems) {
        if (config == null) {
            unsaid = problems;
        } else if (!config.equals(current)) {
            current = config;
            listener.changed(config);
        }
    }

    private static Map<Path, Seen> intersection(Map<Path, Seen> seen, Set<Path> files) {
        Map<Path, Seen> both = new LinkedHashMap<>(seen);
        both.keySet().retainAll(files);
        return both;
    }

    private static Map<Path, Seen> look(Collection<Path> files, Map<Path, Seen> before) {
        Map<Path, Seen> now = new LinkedHashMap<>();
        for (Path path : Set.copyOf(files)) {
            now.put(path, look(path, before.get(path)));
        }
        return now;
    }

    private static Seen look(Path path, @Nullable Seen before) {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            String quick =
                    "%s %d %s"
                            .formatted(
                                    attributes.lastModifiedTime(),
                                    attributes.size(),
                                    attributes.fileKey());
            if (before != null && !before.young() && quick.equals(before.attributes())) {
                return before;
            }
            long age = System.currentTimeMillis() - attributes.lastModifiedTime().toMillis();
            return new Seen(quick, age < UNSURE.toMillis(), hash(path));
        } catch (IOException e) {
            return new Seen(null, true, "");
        }
    }

    private static Map<Path, String> hashes(Map<Path, Seen> seen) {
        Map<Path, String> hashes = new LinkedHashMap<>();
        seen.forEach((path, each) -> hashes.put(path, each.hash()));
        return hashes;
    }

    private static String hash(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(ConfigFiles.MAX_BYTES + 1);
            return java.util.HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether it still looks. */
    boolean isRunning() {
        return thread.isAlive();
    }

    /** Stops watching; a call to the listener that runs is waited for, at most 5 s. */
    @Override
    public void close() {
        closed.countDown();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
