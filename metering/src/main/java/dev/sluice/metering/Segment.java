package dev.sluice.metering;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * One file of the journal, mapped into memory.
 *
 * <p>Writers reserve a place by one atomic addition, copy, and publish the first word by a
 * compare-and-set. It fails only where a reader gave up waiting and claimed the place: then the
 * writer writes elsewhere. So a record is either seen whole or never.
 */
final class Segment {

    /** Where records begin; what is before is the segment's own. */
    static final int FIRST_RECORD = 128;

    private static final long MAGIC = 0x31304c4e52554a53L; // "SJURNL01"
    private static final int SHIPPED = 64;

    private static final VarHandle WORD =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final long number;
    private final Path file;
    private final Arena arena;
    private final MemorySegment memory;
    private final ByteBuffer bytes;
    private final int capacity;
    private final boolean live;
    private final AtomicLong reserved;
    private final Holds holds = new Holds();

    /** Where the last record ends once no more fit, -1 before. */
    private volatile int sealedAt = -1;

    private volatile @Nullable Segment next;
    private boolean closed;

    // The arena lives as long as the segment; close() ends both.
    @SuppressWarnings("MustBeClosedChecker")
    private Segment(long number, Path file, boolean live) throws IOException {
        this.number = number;
        this.file = file;
        this.live = live;
        this.arena = Arena.ofShared();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size() & -RecordFormat.ALIGNMENT;
            this.capacity = (int) Math.min(size, 1 << 30);
            this.memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, capacity, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
        this.bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        this.reserved = new AtomicLong(live ? FIRST_RECORD : capacity);
        if (live) {
            WORD.set(memory, 0L, MAGIC);
        } else {
            sealedAt = capacity;
        }
    }

    /** A new segment on a file of zeros. */
    static Segment fresh(long number, Path file) throws IOException {
        return new Segment(number, file, true);
    }

    /** A segment that an earlier run left behind, whatever is in it. */
    static Segment leftover(long number, Path file) throws IOException {
        return new Segment(number, file, false);
    }

    /** A place for {@code size} bytes, or -1 if the segment has no more. */
    int reserve(int size) {
        long at = reserved.getAndAdd(size);
        if (at + size <= capacity) {
            return (int) at;
        }
        if (at <= capacity) {
            // Exactly one reservation straddles the end: it alone knows where the records stop.
            sealedAt = (int) at;
        }
        return -1;
    }

    /** Completes a record at a reserved place; false if a reader has claimed the place. */
    boolean publish(int at, byte[] image, int payloadLength, long firstWord) {
        int length = RecordFormat.HEADER - 8 + payloadLength;
        MemorySegment.copy(image, 8, memory, JAVA_BYTE, at + 8L, length);
        return WORD.compareAndSet(memory, (long) at, 0L, firstWord);
    }

    /** Takes a place that nobody completed away from its writer; false if it was completed. */
    boolean claim(int at) {
        return WORD.compareAndSet(memory, (long) at, 0L, RecordFormat.CLAIMED);
    }

    /** Where reading has to stop for now; final once {@link #isSealed}. */
    int limit() {
        int sealed = sealedAt;
        return sealed >= 0 ? sealed : (int) Math.min(reserved.get(), capacity);
    }

    boolean isSealed() {
        return sealedAt >= 0;
    }

    /** Whether writers of this process may still be at work in it. */
    boolean isLive() {
        return live;
    }

    /** The first word of the record at this place; 0 where none is complete. */
    long firstWord(int at) {
        return (long) WORD.getAcquire(memory, (long) at);
    }

    /** Whether a whole, undamaged record begins here. */
    boolean holdsRecord(int at, long firstWord, int limit) {
        int length = RecordFormat.length(firstWord);
        if (length <= 0
                || length > RecordFormat.MAX_PAYLOAD
                || limit - at < RecordFormat.size(length)
                || bytes.getShort(at + 8) != RecordFormat.MAGIC) {
            return false;
        }
        var crc = new CRC32C();
        crc.update(bytes.limit(at + RecordFormat.HEADER + length).position(at + 8));
        bytes.clear();
        return (int) crc.getValue() == RecordFormat.checksum(firstWord);
    }

    byte type(int at) {
        return memory.get(JAVA_BYTE, at + 10L);
    }

    byte flags(int at) {
        return memory.get(JAVA_BYTE, at + 11L);
    }

    int attempt(int at) {
        return bytes.getInt(at + 12);
    }

    UUID requestId(int at) {
        return new UUID((long) WORD.get(memory, at + 16L), (long) WORD.get(memory, at + 24L));
    }

    /** A copy of the payload of the record that begins here. */
    byte[] payload(int at) {
        byte[] payload = new byte[RecordFormat.length(firstWord(at))];
        MemorySegment.copy(
                memory, JAVA_BYTE, at + (long) RecordFormat.HEADER, payload, 0, payload.length);
        return payload;
    }

    /** A copy of what is between two places, whatever it is. */
    byte[] copy(int from, int to) {
        byte[] copy = new byte[to - from];
        MemorySegment.copy(memory, JAVA_BYTE, from, copy, 0, copy.length);
        return copy;
    }

    /** Up to where every event was acknowledged, as an earlier run noted it. */
    int shippedUpTo() {
        long word = (long) WORD.get(memory, (long) SHIPPED);
        int at = (int) word;
        boolean trusted = (int) (word >>> 32) == ~at && at >= FIRST_RECORD && at <= capacity;
        // Sending again is harmless, skipping is not.
        return trusted ? at : FIRST_RECORD;
    }

    void noteShippedUpTo(int at) {
        WORD.setRelease(memory, (long) SHIPPED, (long) ~at << 32 | at);
    }

    /** Makes what is between two places survive a power loss. */
    synchronized void force(int from, int to) {
        if (!closed && to > from) {
            memory.asSlice(from, to - (long) from).force();
        }
    }

    /** Unmaps the file. Whoever writes to it now is told by an {@link IllegalStateException}. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Unmaps the file and deletes it. */
    void delete() throws IOException {
        close();
        Files.deleteIfExists(file);
    }

    long number() {
        return number;
    }

    int capacity() {
        return capacity;
    }

    /** Bytes that are not reserved yet. */
    long free() {
        return Math.max(0, capacity - reserved.get());
    }

    Holds holds() {
        return holds;
    }

    @Nullable Segment next() {
        return next;
    }

    void linkTo(Segment following) {
        next = following;
    }
}
