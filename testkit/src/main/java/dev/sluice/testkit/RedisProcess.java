package dev.sluice.testkit;

import dev.sluice.embedded.EmbeddedRedis;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/**
 * A Redis server of one test, which can be stopped, frozen and started again where it was: the
 * system's own if there is one, else the bundled one.
 */
public final class RedisProcess implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 5000;

    private final Path directory = SharedServers.freshDirectory("redis");
    private final IntFunction<EmbeddedRedis> start;
    private @Nullable EmbeddedRedis redis;
    private final int port;

    private RedisProcess(BiFunction<Path, Integer, EmbeddedRedis> start) {
        this.start = chosen -> start.apply(directory, chosen);
        EmbeddedRedis started = this.start.apply(0);
        this.redis = started;
        this.port = started.uri().getPort();
    }

    /** Starts one with further words of its command line. */
    public static RedisProcess start(String... options) {
        return new RedisProcess(
                (directory, port) -> EmbeddedRedis.start(directory, port, true, List.of(options)));
    }

    /** Starts a Sentinel that watches this server under a name. */
    public RedisProcess sentinel(String name) {
        return new RedisProcess(
                (directory, _) -> EmbeddedRedis.startSentinel(directory, true, name, port));
    }

    /** Where clients connect, also while it is away. */
    public URI uri() {
        return URI.create("redis://127.0.0.1:" + port);
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Ends it. */
    public void stop() {
        if (redis != null) {
            redis.close();
            redis = null;
        }
    }

    /** Starts it again, empty, on the same port. */
    public void restart() {
        stop();
        redis = start.apply(port);
    }

    /** From now on it is silent: connections are taken, and nothing is answered. */
    public void freeze() {
        signal("-STOP");
    }

    /** It goes on, with everything that it was told meanwhile. */
    public void thaw() {
        signal("-CONT");
    }

    private void signal(String name) {
        if (redis == null) {
            throw new IllegalStateException("Redis is stopped");
        }
        try {
            int code =
                    new ProcessBuilder("kill", name, Long.toString(redis.pid()))
                            .inheritIO()
                            .start()
                            .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Gives it a command in one line, and returns what it says, as it says it.
     *
     * @throws IllegalStateException if it says an error
     */
    public String command(String line) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write((line + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
            InputStream answers = socket.getInputStream();
            String answer = new String(answers.readAllBytes(), StandardCharsets.ISO_8859_1);
            if (answer.startsWith("-")) {
                throw new IllegalStateException(answer);
            }
            return answer.endsWith("+OK\r\n") ? answer.substring(0, answer.length() - 5) : answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (redis != null) {
            thaw();
        }
        stop();
        SharedServers.delete(directory);
    }
}
