package dev.sluice.ingress.http;

import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A caller's body on its way to another service: bounded, counted, and each megabyte of it in time.
 * It is read by one thread at a time, and looked at by another.
 */
final class PassingBody extends InputStream {

    static final int MEGABYTE = 1 << 20;

    private final InputStream in;
    private final ServerResponse response;
    private final BodyWatch watch;
    private final Duration timeout;
    private final long most;
    private long bytes;
    private long deadlineNanos;
    private volatile long movedAt = System.nanoTime();

    /** Whose turn it is to read; whoever took the body keeps it. */
    private final AtomicBoolean turn = new AtomicBoolean();

    private volatile boolean tooLarge;
    private volatile boolean answered;
    private volatile boolean broken;

    /**
     * Nothing is read yet.
     *
     * @param response where {@code watch} answers if the body is too slow
     * @param timeout of a megabyte
     * @param most bytes of the whole
     */
    PassingBody(
            InputStream in, ServerResponse response, BodyWatch watch, Duration timeout, long most) {
        this.in = in;
        this.response = response;
        this.watch = watch;
        this.timeout = timeout;
        this.most = most;
        this.deadlineNanos = System.nanoTime() + timeout.toNanos();
    }

    /** When bytes came last, in the monotonic time of {@link System#nanoTime}. */
    long movedAt() {
        return movedAt;
    }

    /** Whether it passed the bound. */
    boolean isTooLarge() {
        return tooLarge;
    }

    /** Whether it was too slow: then another thread has told the caller. */
    boolean isAnswered() {
        return answered;
    }

    /** Whether the caller's connection failed. */
    boolean hasBroken() {
        return broken;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /**
     * Takes the body from who reads it.
     *
     * @return what is left of it; null if a read is under way
     */
    @Nullable InputStream take() {
        return turn.compareAndSet(false, true) ? in : null;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (!turn.compareAndSet(false, true)) {
            throw new IOException("the body was taken away");
        }
        try {
            return counted(into, offset, length);
        } finally {
            turn.set(false);
        }
    }

    private int counted(byte[] into, int offset, int length) throws IOException {
        int read = watched(into, offset, length);
        movedAt = System.nanoTime();
        if (read > 0) {
            if (bytes / MEGABYTE != (bytes + read) / MEGABYTE) {
                deadlineNanos = movedAt + timeout.toNanos();
            }
            bytes += read;
        }
        if (bytes > most) {
            tooLarge = true;
            throw new IOException("the body is too large");
        }
        return read;
    }

    private int watched(byte[] into, int offset, int length) throws IOException {
        Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        BodyWatch.Reading reading = watch.begin(response, left);
        int read;
        try {
            read = in.read(into, offset, length);
        } catch (BoundedReader.ChunkTooLargeException e) {
            tooLarge = true;
            throw new IOException("a chunk is too large", e);
        } catch (IOException | RuntimeException e) {
            broken = true;
            throw new IOException("the body broke off", e);
        } finally {
            answered = !watch.end(reading);
        }
        if (answered) {
            throw new IOException("the body is too slow");
        }
        return read;
    }
}
