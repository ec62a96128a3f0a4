package dev.sluice.simulator;

import java.io.IOException;
import java.io.OutputStream;

/** The way out for a body, where cuts and stalls happen. One write is one flush. */
final class Outlet {

    private final OutputStream out;
    private final Fault fault;
    private final Waiting waiting;
    private long sentBytes;

    Outlet(OutputStream out, Fault fault, Waiting waiting) {
        this.out = out;
        this.fault = fault;
        this.waiting = waiting;
    }

    /** Whether the connection will be cut before {@code length} more bytes are out. */
    boolean cutsWithin(long length) {
        return fault instanceof Fault.Cut(long afterBytes) && sentBytes + length > afterBytes;
    }

    /** Whether a stall has happened, or will before {@code length} more bytes are out. */
    boolean stallsWithin(long length) {
        return fault instanceof Fault.Stall(long afterBytes, _) && sentBytes + length > afterBytes;
    }

    /** Sends; false if the connection must be cut now. */
    boolean send(byte[] bytes) throws IOException {
        return switch (fault) {
            case Fault.Cut(long afterBytes) when cutsWithin(bytes.length) -> {
                write(bytes, 0, (int) (afterBytes - sentBytes));
                yield false;
            }
            case Fault.Stall(long afterBytes, long nanos)
                    when sentBytes <= afterBytes && stallsWithin(bytes.length) -> {
                int head = (int) (afterBytes - sentBytes);
                write(bytes, 0, head);
                boolean over = waiting.until(System.nanoTime() + nanos);
                write(bytes, head, bytes.length - head);
                yield over;
            }
            default -> {
                write(bytes, 0, bytes.length);
                yield true;
            }
        };
    }

    private void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
            out.write(bytes, offset, length);
            out.flush();
            sentBytes += length;
        }
    }
}
