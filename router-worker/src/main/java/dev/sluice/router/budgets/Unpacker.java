package dev.sluice.router.budgets;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;

/** Reads what a {@link Packer} wrote. What is cut short ends in a BufferUnderflowException. */
final class Unpacker {

    private final ByteBuffer buffer;

    /**
     * Begins to read.
     *
     * @throws NewerRecordException if it was written by a newer version than the known one
     */
    Unpacker(byte[] bytes, byte known, String what) {
        buffer = ByteBuffer.wrap(bytes);
        byte found = buffer.get();
        if (found > known) {
            throw new NewerRecordException(
                    "%s has version %d, the newest known is %d".formatted(what, found, known),
                    null);
        }
    }

    long number() {
        return buffer.getLong();
    }

    int small() {
        return buffer.getInt();
    }

    boolean flag() {
        return buffer.get() != 0;
    }

    Instant instant() {
        return Instant.ofEpochSecond(number(), small());
    }

    @Nullable String text() {
        int length = small();
        if (length < 0) {
            return null;
        }
        if (length > buffer.remaining()) {
            throw new BufferUnderflowException();
        }
        String text = new String(buffer.array(), buffer.position(), length, UTF_8);
        buffer.position(buffer.position() + length);
        return text;
    }
}
