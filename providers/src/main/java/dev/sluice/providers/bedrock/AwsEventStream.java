package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.ByteSource;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Pulls the messages of an {@code application/vnd.amazon.eventstream}. Strict: both checksums,
 * lengths, names and types must be as the format says.
 *
 * <p>A message is: its length, its headers' length, the CRC of these eight bytes, headers, payload,
 * the CRC of all before. Numbers are big-endian. Holds one message at a time. One thread at a time.
 */
public final class AwsEventStream {

    private static final int PRELUDE_BYTES = 12;
    private static final int CRC_BYTES = 4;
    private static final int OVERHEAD_BYTES = PRELUDE_BYTES + CRC_BYTES;
    private static final int HEADERS_BYTES_MAX = 128 << 10;
    private static final int FIRST_ROOM = 4 << 10;
    private static final byte TYPE_BYTES = 6;
    private static final byte TYPE_STRING = 7;

    private final ByteSource source;
    private final int messageBytesMax;
    private byte[] buffer = new byte[FIRST_ROOM];
    private int start;
    private int limit;

    /**
     * One message.
     *
     * @param headers those whose values are texts, such as {@code :event-type}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Message(Map<String, String> headers, byte[] payload) {

        /** A header's text, empty without one. */
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** The bytes are no event stream. The message says what is wrong, without what was read. */
    public static final class MalformedEventException extends IOException {

        private static final long serialVersionUID = 1;

        MalformedEventException(String message) {
            super(message);
        }
    }

    /** Reads messages of at most so many bytes, all included. */
    public AwsEventStream(ByteSource source, int messageBytesMax) {
        this.source = source;
        this.messageBytesMax = messageBytesMax;
    }

    /**
     * Waits for the next message; null at the end of the stream.
     *
     * @throws EOFException if the stream ends within a message
     * @throws MalformedEventException if the bytes are no message, or one that is too large
     */
    public @Nullable Message next() throws IOException {
        if (!await(PRELUDE_BYTES)) {
            return null;
        }
        ByteBuffer prelude = ByteBuffer.wrap(buffer, start, PRELUDE_BYTES);
        int length = prelude.getInt();
        int headersLength = prelude.getInt();
        if (prelude.getInt() != crc(8)) {
            throw new MalformedEventException("the checksum of a prelude is wrong");
        }
        if (length < OVERHEAD_BYTES || length > messageBytesMax) {
            throw new MalformedEventException("a message's length is out of bounds");
        }
        if (headersLength < 0
                || headersLength > Math.min(HEADERS_BYTES_MAX, length - OVERHEAD_BYTES)) {
            throw new MalformedEventException("the headers' length is out of bounds");
        }
        if (!await(length)) {
            throw new EOFException("the stream ends within a message");
        }
        int end = start + length - CRC_BYTES;
        if (ByteBuffer.wrap(buffer, end, CRC_BYTES).getInt() != crc(length - CRC_BYTES)) {
            throw new MalformedEventException("the checksum of a message is wrong");
        }
        int payload = start + PRELUDE_BYTES + headersLength;
        Message message =
                new Message(
                        headers(ByteBuffer.wrap(buffer, start + PRELUDE_BYTES, headersLength)),
                        Arrays.copyOfRange(buffer, payload, end));
        start += length;
        return message;
    }

    /** Whether {@link #next} need not wait: a whole message has arrived. */
    public boolean isAtHand() {
        if (limit - start < PRELUDE_BYTES) {
            return false;
        }
        int length = ByteBuffer.wrap(buffer, start, PRELUDE_BYTES).getInt();
        return length <= limit - start;
    }

    private int crc(int length) {
        var crc = new CRC32();
        crc.update(buffer, start, length);
        return (int) crc.getValue();
    }

    private static Map<String, String> headers(ByteBuffer bytes) throws MalformedEventException {
        Map<String, String> headers = new HashMap<>();
        while (bytes.hasRemaining()) {
            String name = text(bytes, bytes.get() & 0xFF);
            byte type = take(bytes, 1).get();
            String value = "";
            switch (type) {
                case 0, 1 -> {
                    // true and false: the type is the value
                }
                case 2 -> take(bytes, 1);
                case 3 -> take(bytes, 2);
                case 4 -> take(bytes, 4);
                case 5, 8 -> take(bytes, 8);
                case TYPE_BYTES -> take(bytes, take(bytes, 2).getShort() & 0xFFFF);
                case TYPE_STRING -> value = text(bytes, take(bytes, 2).getShort() & 0xFFFF);
                case 9 -> take(bytes, 16);
                default -> throw new MalformedEventException("a header has an unknown type");
            }
            if (name.isEmpty() || headers.putIfAbsent(name, value) != null) {
                throw new MalformedEventException("a header has no name, or comes twice");
            }
        }
        return headers;
    }

    private static String text(ByteBuffer bytes, int length) throws MalformedEventException {
        try {
            return UTF_8.newDecoder().decode(take(bytes, length)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedEventException("a header is not UTF-8");
        }
    }

    private static ByteBuffer take(ByteBuffer bytes, int length) throws MalformedEventException {
        if (bytes.remaining() < length) {
            throw new MalformedEventException("a header is longer than the headers");
        }
        ByteBuffer taken = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return taken;
    }

    /** Waits until so many bytes are there; false if the stream ends before the first of them. */
    private boolean await(int length) throws IOException {
        if (buffer.length - start < length) {
            byte[] room = length > buffer.length ? new byte[length] : buffer;
            System.arraycopy(buffer, start, room, 0, limit - start);
            buffer = room;
            limit -= start;
            start = 0;
        }
        while (limit - start < length) {
            int count = source.read(buffer, limit, buffer.length - limit);
            if (count < 0) {
                if (limit == start) {
                    return false;
                }
                throw new EOFException("the stream ends within a message");
            }
            limit += count;
        }
        return true;
    }
}
