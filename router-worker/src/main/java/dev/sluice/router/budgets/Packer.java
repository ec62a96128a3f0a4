package dev.sluice.router.budgets;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;

/**
 * Writes what never leaves this service: a version, then fields by their order. Each event is
 * written and read some ten times on its way; text would be most of the work.
 */
final class Packer {

    private static final int USUAL_BYTES = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(USUAL_BYTES);

    Packer(byte version) {
        buffer.put(version);
    }

    Packer number(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    Packer small(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    Packer flag(boolean value) {
        room(1).put((byte) (value ? 1 : 0));
        return this;
    }

    Packer instant(Instant value) {
        return number(value.getEpochSecond()).small(value.getNano());
    }

    Packer text(@Nullable String value) {
        if (value == null) {
            return small(-1);
        }
        byte[] utf8 = value.getBytes(UTF_8);
        small(utf8.length);
        room(utf8.length).put(utf8);
        return this;
    }

    byte[] bytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int wanted = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
            buffer = ByteBuffer.allocate(wanted).put(buffer.flip());
        }
        return buffer;
    }
}
