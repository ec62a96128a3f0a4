package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * One try to send a request on one connection.
 *
 * <p>A connection that rested may have been closed by the upstream in the very moment in which we
 * chose it: it breaks without a byte of answer, within {@value #STALE_MILLIS} ms of the last byte
 * sent. That is reported as {@link FailureKind#STALE}. Sending again would be safe nearly always,
 * but it would be a second request of which the books know nothing; so whoever books decides.
 */
final class Attempt {

    private static final int STALE_MILLIS = 1_000;

    private final OriginPool pool;
    private final Connection connection;
    private final long lease;
    private final UpstreamRequest request;
    private final long total;
    private final int maxHeaderBytes;

    Attempt(
            OriginPool pool,
            Connection connection,
            UpstreamRequest request,
            long total,
            int maxHeaderBytes) {
        this.pool = pool;
        this.connection = connection;
        this.lease = connection.lease();
        this.request = request;
        this.total = total;
        this.maxHeaderBytes = maxHeaderBytes;
    }

    /**
     * Sends the request and waits for the head of the answer; on failure the connection is closed.
     */
    UpstreamResponse response() throws ExchangeFailure {
        boolean answered = false;
        try {
            connection.limitTotal(total);
            IOException unsent = send();
            UpstreamResponse response = receive(unsent);
            answered = true;
            return response;
        } finally {
            if (!answered) {
                connection.end(lease, Connection.CLOSED);
            }
        }
    }

    /**
     * A broken pipe is no failure yet: the upstream may have answered and closed before it read
     * all.
     */
    private @Nullable IOException send() throws ExchangeFailure {
        try {
            new RequestWriter(connection, request.deadlines().idle().toNanos())
                    .write(request, pool.access());
            return null;
        } catch (IOException e) {
            FailureKind kind = connection.explain(FailureKind.TIMEOUT_IDLE, FailureKind.BROKEN);
            if (kind != FailureKind.BROKEN) {
                throw ExchangeFailure.of(kind, "sending to " + pool.origin(), e);
            }
            return e;
        }
    }

    private UpstreamResponse receive(@Nullable IOException unsent) throws ExchangeFailure {
        long sentAt = Monotonic.now();
        HeadReader reader =
                new HeadReader(
                        connection,
                        maxHeaderBytes,
                        sentAt + request.deadlines().firstByte().toNanos());
        try {
            ResponseHead head = reader.read();
            Framing framing = Framing.of(head, request.method());
            return response(head, unsent == null ? framing : framing.withoutReuse(), sentAt);
        } catch (IOException e) {
            FailureKind kind =
                    connection.explain(FailureKind.TIMEOUT_FIRST_BYTE, FailureKind.BROKEN);
            throw broken(
                    ExchangeFailure.of(
                            kind, "waiting for " + pool.origin(), unsent == null ? e : unsent),
                    reader,
                    sentAt);
        } catch (ExchangeFailure e) {
            throw broken(e, reader, sentAt);
        }
    }

    private ExchangeFailure broken(ExchangeFailure failure, HeadReader reader, long sentAt) {
        boolean stale =
                failure.kind() == FailureKind.BROKEN
                        && Connection.reused(lease)
                        && !reader.begun()
                        && Monotonic.now() - sentAt < TimeUnit.MILLISECONDS.toNanos(STALE_MILLIS);
        return stale
                ? new ExchangeFailure(
                        FailureKind.STALE, "a rested connection to " + pool.origin() + " was dead")
                : failure;
    }

    private UpstreamResponse response(ResponseHead head, Framing framing, long sentAt) {
        connection.keepAtMost(framing.keepNanos());
        BodyDecoder decoder = BodyDecoder.of(framing, connection, maxHeaderBytes);
        return new UpstreamResponse(
                head,
                new SocketBody(pool, connection, framing, decoder, request.deadlines(), sentAt));
    }
}
