package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.config.GatewayConfig.HttpLimits;

import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Reads bodies once, as bytes: bounded each, bounded in sum, and with a deadline that {@link
 * BodyWatch} keeps.
 */
final class BodyReader {

    private static final Logger LOGGER = LoggerFactory.getLogger(BodyReader.class);
    private static final int FIRST_BUFFER_BYTES = 8 * 1024;
    private static final int DRAIN_BYTES = 64 << 20;
    private static final Duration DRAIN_TIME = Duration.ofSeconds(2);
    private static final ApiError EMPTY =
            ApiError.invalidRequest("The request has no body; a JSON object is expected.", null);
    private static final ApiError BAD_FRAMING =
            ApiError.invalidRequest("The body's framing is not valid HTTP.", null);

    /** No room for one more byte of a request. */
    static final ApiError BUSY =
            ApiError.of(
                    429,
                    "rate_limit_error",
                    "The gateway holds as many bytes of requests as it may; try again.");

    private final HttpLimits limits;
    private final ApiError tooLarge;
    private final BodyWatch watch;
    private final AtomicLong bytesInFlight = new AtomicLong();

    BodyReader(HttpLimits limits, BodyWatch watch) {
        this.limits = limits;
        this.watch = watch;
        this.tooLarge =
                ApiError.of(
                        413,
                        "invalid_request_error",
                        "The body is larger than %d bytes.".formatted(limits.maxRequestBytes()));
    }

    /** Bytes of all bodies that are being read or served, and of their translations. */
    long bytesInFlight() {
        return bytesInFlight.get();
    }

    /** A body is no longer needed. */
    void release(RequestBody.Read body) {
        release(body.reserved());
    }

    /**
     * Takes a place among the bytes in flight, for what is held besides a body.
     *
     * @return whether there was one; then {@link #release(long)} gives it back
     */
    boolean reserve(long bytes) {
        if (bytes > 0 && bytesInFlight.addAndGet(bytes) > limits.maxBytesInFlight()) {
            release(bytes);
            return false;
        }
        return true;
    }

    /** Gives a place back. */
    void release(long bytes) {
        bytesInFlight.addAndGet(-bytes);
    }

    /** Reads the body of a request, or says why not. */
    RequestBody read(ServerRequest request, ServerResponse response) {
        long declared = request.headers().contentLength().orElse(-1);
        if (declared > limits.maxRequestBytes()) {
            return new RequestBody.Refused(tooLarge, true);
        }
        if (!request.content().hasEntity()) {
            return new RequestBody.Refused(EMPTY, false);
        }
        var buffer = new Buffer(declared >= 0 ? declared : FIRST_BUFFER_BYTES);
        BodyWatch.Reading reading = watch.begin(response, limits.bodyTimeout());
        RequestBody body = readOrRefuse(request, declared, buffer);
        boolean inTime = watch.end(reading);
        if (!inTime || !(body instanceof RequestBody.Read)) {
            request.context().register(buffer.rest);
            release(buffer.reserved);
        }
        if (!inTime || body == null) {
            throw new CloseConnectionException("the body did not arrive");
        }
        return body;
    }

    /** Null where the connection broke. */
    private @Nullable RequestBody readOrRefuse(
            ServerRequest request, long declared, Buffer buffer) {
        try {
            buffer.rest = new Rest(request.content().inputStream());
            return read(buffer.rest.in(), declared, buffer);
        } catch (RequestException e) {
            // Helidon's own bounds: a chunk's size that is too large or no number.
            boolean large = e.status().code() == 413;
            return new RequestBody.Refused(large ? tooLarge : BAD_FRAMING, true);
        } catch (BoundedReader.ChunkTooLargeException e) {
            return new RequestBody.Refused(tooLarge, true);
        } catch (NumberFormatException e) {
            // How Helidon says that a chunk's size is none.
            return new RequestBody.Refused(BAD_FRAMING, true);
        } catch (IOException | RuntimeException e) {
            LOGGER.atDebug().setCause(e).log("a body broke off");
            return null;
        }
    }

    private RequestBody read(InputStream in, long declared, Buffer buffer) throws IOException {
        if (!buffer.reserve()) {
            return new RequestBody.Refused(BUSY, true);
        }
        while (buffer.length != declared) {
            int read = in.read(buffer.bytes, buffer.length, buffer.bytes.length - buffer.length);
            if (read < 0) {
                break;
            }
            buffer.length += read;
            if (buffer.length > limits.maxRequestBytes()) {
                return new RequestBody.Refused(tooLarge, true);
            }
            if (buffer.isFull() && buffer.length != declared && !buffer.grow()) {
                return new RequestBody.Refused(BUSY, true);
            }
        }
        while (declared >= 0 && in.read() >= 0) {
            // The framing ends the stream here; this read lets the server notice it.
        }
        return new RequestBody.Read(buffer.bytes, buffer.length, buffer.reserved);
    }

    /**
     * Reads on after a refusal, so that the caller is still sending when our answer arrives, not
     * finding its connection reset. Bounded in bytes and time.
     */
    void drain(ServerRequest request, ServerResponse response) {
        drain(
                () ->
                        request.context()
                                .get(Rest.class)
                                .map(Rest::in)
                                .orElseGet(() -> request.content().inputStream()),
                response);
    }

    /** The same of a stream. */
    void drain(Supplier<InputStream> body, ServerResponse response) {
        BodyWatch.Reading reading = watch.begin(response, DRAIN_TIME);
        try {
            InputStream in = body.get();
            byte[] waste = new byte[FIRST_BUFFER_BYTES];
            for (long drained = 0; drained < DRAIN_BYTES; ) {
                int read = in.read(waste, 0, waste.length);
                if (read < 0) {
                    return;
                }
                drained += read;
            }
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("refused and gone", e);
        } finally {
            watch.end(reading);
        }
    }

    /** What has not been read of a body; the server gives its stream away only once. */
    private record Rest(InputStream in) {}

    /** A body while it grows, and its place among the bytes in flight. */
    private final class Buffer {
        private Rest rest = new Rest(InputStream.nullInputStream());
        private byte[] bytes;
        private int length;
        private long reserved;

        Buffer(long first) {
            this.bytes = new byte[(int) Math.max(first, 1)];
        }

        boolean reserve() {
            boolean isRoom = BodyReader.this.reserve(bytes.length - reserved);
            reserved = isRoom ? bytes.length : reserved;
            return isRoom;
        }

        boolean isFull() {
            return length == bytes.length;
        }

        /** Doubles; one byte over the bound is room enough to see that it is passed. */
        boolean grow() {
            int larger = (int) Math.min(bytes.length * 2L, limits.maxRequestBytes() + 1);
            byte[] old = bytes;
            bytes = new byte[larger];
            if (!reserve()) {
                bytes = old;
                return false;
            }
            System.arraycopy(old, 0, bytes, 0, length);
            return true;
        }
    }
}
