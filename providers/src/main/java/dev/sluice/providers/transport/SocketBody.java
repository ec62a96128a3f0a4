package dev.sluice.providers.transport;

import java.io.IOException;

/** A body that arrives on a connection, which it gives back as soon as it has ended. */
final class SocketBody implements ResponseBody {

    private final OriginPool pool;
    private final Connection connection;
    private final long lease;
    private final Framing framing;
    private final BodyDecoder decoder;
    private final long idleNanos;

    /** How long to wait for the first byte; what has been waited for the head is taken off. */
    private final long firstNanos;

    private boolean begun;
    private boolean finished;

    /**
     * The body behind a head that was just read.
     *
     * @param sentAt when the last byte of the request was sent
     */
    SocketBody(
            OriginPool pool,
            Connection connection,
            Framing framing,
            BodyDecoder decoder,
            Deadlines deadlines,
            long sentAt) {
        this.pool = pool;
        this.connection = connection;
        this.lease = connection.lease();
        this.framing = framing;
        this.decoder = decoder;
        this.idleNanos = deadlines.idle().toNanos();
        this.firstNanos = firstNanos(deadlines, sentAt);
        finishIfEnded();
    }

    /** The clock is not asked if the body came with the head. */
    private long firstNanos(Deadlines deadlines, long sentAt) {
        if (connection.input().buffered() > 0) {
            return idleNanos;
        }
        long left = sentAt + deadlines.firstByte().toNanos() - Monotonic.now();
        return Math.max(1, Math.min(idleNanos, left));
    }

    @Override
    public long length() {
        return Math.max(framing.length(), -1);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws UpstreamException {
        if (finished) {
            return -1;
        }
        if (connection.lease() != lease) {
            throw explained("the exchange is over");
        }
        boolean sound = false;
        try {
            int count = decoder.read(into, offset, length, begun ? idleNanos : firstNanos);
            begun = true;
            finishIfEnded();
            sound = true;
            return count;
        } catch (MalformedBodyException e) {
            throw e;
        } catch (IOException e) {
            throw explained(String.valueOf(e.getMessage()));
        } finally {
            if (!sound) {
                connection.end(lease, Connection.CLOSED);
            }
        }
    }

    private UpstreamException explained(String detail) {
        FailureKind late =
                begun || firstNanos == idleNanos
                        ? FailureKind.TIMEOUT_IDLE
                        : FailureKind.TIMEOUT_FIRST_BYTE;
        FailureKind kind = connection.explain(late, FailureKind.BROKEN);
        return switch (kind) {
            case TIMEOUT_FIRST_BYTE ->
                    new UpstreamTimeoutException(
                            kind, "the upstream sent the head of its answer and nothing more");
            case TIMEOUT_IDLE ->
                    new UpstreamTimeoutException(
                            kind, "the upstream fell silent in the body of its answer");
            case TIMEOUT_TOTAL -> new UpstreamTimeoutException(kind, "the answer took too long");
            case CANCELLED -> new ExchangeCancelledException("cancelled");
            default -> new TruncatedBodyException(detail);
        };
    }

    private void finishIfEnded() {
        if (!decoder.ended()) {
            return;
        }
        finished = true;
        if (framing.persistent() && connection.input().buffered() == 0) {
            pool.giveBack(connection, lease);
        } else {
            connection.end(lease, Connection.CLOSED);
        }
    }

    @Override
    public void close() {
        if (finished || connection.lease() != lease) {
            return;
        }
        if (decoder.skipBuffered()) {
            finishIfEnded();
        } else {
            cancel();
        }
    }

    @Override
    public void cancel() {
        connection.end(lease, Connection.CANCELLED);
    }
}
