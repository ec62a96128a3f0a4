package dev.sluice.simulator;

import java.io.IOException;
import java.util.List;

/**
 * Tells one streamed answer. What it returns is sent in one write, and may be several events of the
 * wire.
 */
interface EventWriter {

    /** What comes before a choice speaks; empty for nothing. */
    byte[] opening(int choice, Usage prompt) throws IOException;

    /** Some of the words of a part. Parts come one after the other. */
    byte[] piece(int choice, Segment segment, String words) throws IOException;

    /** What comes when all is said, in order. */
    List<byte[]> ending(List<Turn> turns, Usage usage) throws IOException;

    /** An event that cannot be read. */
    byte[] broken() throws IOException;
}
