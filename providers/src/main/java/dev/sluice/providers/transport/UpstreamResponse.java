package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An answer: its head, and its body as it arrives.
 *
 * <p>It holds a connection until the body was read to its end, closed or cancelled; one that is
 * forgotten is ended by its total deadline. For one thread, except for {@link #cancel}.
 */
public final class UpstreamResponse implements AutoCloseable {

    private static final int FIRST_ROOM = 8 * 1024;
    private static final int TRUSTED_LENGTH = 1024 * 1024;

    private final ResponseHead head;
    private final ResponseBody body;
    private long received;

    UpstreamResponse(ResponseHead head, ResponseBody body) {
        this.head = head;
        this.body = body;
    }

    /** An answer that did not come through our sockets: for another transport, and for tests. */
    public static UpstreamResponse of(int status, List<Header> headers, InputStream body) {
        return new UpstreamResponse(ResponseHead.of(status, headers), new StreamBody(body));
    }

    /** The status, 200 to 599: interim answers are not shown. */
    public int status() {
        return head.status();
    }

    /** The value of the first header of that name, in whatever case; null if there is none. */
    public @Nullable String header(String name) {
        return head.value(name);
    }

    /** All headers in order, decoded as Latin-1. */
    public Iterable<Header> headers() {
        return head.headers();
    }

    /** Bytes of the body, -1 if they are not stated. */
    public long contentLength() {
        return body.length();
    }

    /**
     * Reads what is there, and waits only when nothing is: never to fill the array.
     *
     * @return how many bytes, at least 1 if {@code length} is; -1 at the end
     * @throws UpstreamTimeoutException when the upstream fell silent, or the exchange took too long
     * @throws TruncatedBodyException when the connection broke before the end
     * @throws MalformedBodyException when the framing is wrong
     * @throws ExchangeCancelledException after {@link #cancel}, an interrupt, or {@link #close}
     *     before the end
     */
    public int read(byte[] into, int offset, int length) throws UpstreamException {
        Objects.checkFromIndexSize(offset, length, into.length);
        return length == 0 ? 0 : take(into, offset, length);
    }

    private int take(byte[] into, int offset, int length) throws UpstreamException {
        int count = body.read(into, offset, length);
        received += Math.max(count, 0);
        return count;
    }

    /** Bytes of the body that were read so far, also by a reading that failed. */
    public long received() {
        return received;
    }

    /**
     * Reads the rest of the body.
     *
     * @throws BodyTooLargeException when there is more than that; the exchange is cancelled
     * @throws UpstreamException as {@link #read} does
     */
    public byte[] readAll(int maxBytes) throws UpstreamException {
        long stated = body.length();
        if (stated > maxBytes) {
            throw tooLarge(maxBytes);
        }
        return stated >= 0 ? readStated((int) stated) : readToEnd(maxBytes);
    }

    private byte[] readStated(int length) throws UpstreamException {
        // A huge length is believed only as its bytes arrive.
        byte[] bytes = new byte[Math.min(length, TRUSTED_LENGTH)];
        int used = 0;
        int count = 0;
        while (used < length && count >= 0) {
            if (used == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, bytes.length * 2L));
            }
            count = take(bytes, used, bytes.length - used);
            used += Math.max(count, 0);
        }
        return used == bytes.length ? bytes : Arrays.copyOf(bytes, used);
    }

    private byte[] readToEnd(int maxBytes) throws UpstreamException {
        byte[] bytes = new byte[FIRST_ROOM];
        int used = 0;
        int count = take(bytes, 0, bytes.length);
        while (count >= 0) {
            used += count;
            if (used > maxBytes) {
                throw tooLarge(maxBytes);
            }
            if (used == bytes.length) {
                bytes =
                        Arrays.copyOf(
                                bytes, (int) Math.min(Integer.MAX_VALUE - 8, bytes.length * 2L));
            }
            count = take(bytes, used, bytes.length - used);
        }
        return Arrays.copyOf(bytes, used);
    }

    private BodyTooLargeException tooLarge(int maxBytes) {
        cancel();
        return new BodyTooLargeException("the body has more than " + maxBytes + " bytes");
    }

    /**
     * Ends the reading. If the rest of the body has already arrived, the connection serves on,
     * otherwise it is closed. Never waits; may be repeated.
     */
    @Override
    public void close() {
        body.close();
    }

    /**
     * Ends the exchange at once, from any thread: a blocked {@link #read} throws. Without effect
     * once the body was read to its end.
     */
    public void cancel() {
        body.cancel();
    }
}
