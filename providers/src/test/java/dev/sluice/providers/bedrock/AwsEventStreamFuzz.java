package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.fuzz.Arrival;
import dev.sluice.providers.fuzz.Claim;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * Any bytes as an AWS event stream: what is read is what a plain reader of the whole array finds,
 * however the bytes arrive; and what was written as a message is read as that message.
 */
public final class AwsEventStreamFuzz {

    private static final int MESSAGE_BYTES_MAX = 2_000;
    private static final int OVERHEAD_BYTES = 16;

    private AwsEventStreamFuzz() {}

    /**
     * One input. Where its first byte is odd the rest is a stream; else it is lengths, headers and
     * payloads from which frames with right checksums are made: chance finds no checksum.
     */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & 1) == 1) {
            check(rest);
        } else {
            check(framed(rest));
            roundTrip(rest);
        }
    }

    private static void check(byte[] stream) {
        List<String> expected = plain(stream);
        Claim.same(read(Arrival.whole(stream)), expected, "whole");
        for (Arrival arrival : Arrival.cut(stream)) {
            Claim.same(read(arrival), expected, arrival);
        }
    }

    /** Frames of a length of headers, one of the payload, and these; what is left follows raw. */
    private static byte[] framed(byte[] bytes) {
        var frames = new EventFrames();
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.remaining() >= 2) {
            int headers = Math.min(rest.get() & 0xFF, rest.remaining() - 1);
            int payload = Math.min(rest.get() & 0xFF, rest.remaining() - headers);
            frames.frame(taken(rest, headers), taken(rest, payload));
        }
        byte[] framed = frames.bytes();
        byte[] stream = Arrays.copyOf(framed, framed.length + rest.remaining());
        rest.get(stream, framed.length, rest.remaining());
        return stream;
    }

    private static byte[] taken(ByteBuffer bytes, int count) {
        byte[] taken = new byte[count];
        bytes.get(taken);
        return taken;
    }

    /** The bytes as the value of a header and as a payload, between two other messages. */
    private static void roundTrip(byte[] bytes) {
        String value = new String(bytes, 0, Math.min(bytes.length, 300), UTF_8);
        byte[] payload = Arrays.copyOf(bytes, Math.min(bytes.length, 900));
        byte[] stream =
                new EventFrames()
                        .event("first", "{}")
                        .frame(EventFrames.headers(":event-type", value, "x", "y"), payload)
                        .exception("last", "{}")
                        .bytes();
        List<String> messages = read(Arrival.whole(stream));
        Claim.same(messages.size(), 4, messages);
        Claim.same(
                messages.get(1),
                text(Map.of(":event-type", value, "x", "y"), payload),
                "a message that was written");
    }

    private static List<String> read(Arrival arrival) {
        var stream = new AwsEventStream(arrival, MESSAGE_BYTES_MAX);
        List<String> found = new ArrayList<>();
        try {
            AwsEventStream.Message message = stream.next();
            while (message != null) {
                Claim.that(message.payload().length < MESSAGE_BYTES_MAX, "it holds too much");
                found.add(text(message.headers(), message.payload()));
                message = stream.next();
            }
            found.add("end");
        } catch (AwsEventStream.MalformedEventException e) {
            found.add("malformed");
        } catch (EOFException e) {
            found.add("cut");
        } catch (IOException e) {
            throw new AssertionError("the source does not fail", e);
        }
        return found;
    }

    private static String text(Map<String, String> headers, byte[] payload) {
        return new TreeMap<>(headers) + " " + HexFormat.of().formatHex(payload);
    }

    /** The whole stream read plainly, by the description of the format. */
    private static List<String> plain(byte[] stream) {
        List<String> found = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(stream);
        while (rest.hasRemaining()) {
            String message = plainMessage(rest);
            found.add(message);
            if (message.equals("malformed") || message.equals("cut")) {
                return found;
            }
        }
        found.add("end");
        return found;
    }

    private static String plainMessage(ByteBuffer rest) {
        if (rest.remaining() < 12) {
            return "cut";
        }
        int start = rest.position();
        int length = rest.getInt(start);
        int headers = rest.getInt(start + 4);
        if (rest.getInt(start + 8) != crc(rest, 8)
                || length < OVERHEAD_BYTES
                || length > MESSAGE_BYTES_MAX
                || headers < 0
                || headers > length - OVERHEAD_BYTES) {
            return "malformed";
        }
        if (rest.remaining() < length) {
            return "cut";
        }
        if (rest.getInt(start + length - 4) != crc(rest, length - 4)) {
            return "malformed";
        }
        rest.position(start + length);
        Map<String, String> names = new TreeMap<>();
        if (!plainHeaders(rest.slice(start + 12, headers), names)) {
            return "malformed";
        }
        byte[] payload = new byte[length - OVERHEAD_BYTES - headers];
        rest.get(start + 12 + headers, payload);
        return text(names, payload);
    }

    private static int crc(ByteBuffer from, int length) {
        var crc = new CRC32();
        crc.update(from.slice(from.position(), length));
        return (int) crc.getValue();
    }

    /** Puts the headers into the map; false if they are not as the format says. */
    private static boolean plainHeaders(ByteBuffer bytes, Map<String, String> into) {
        int[] sizes = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};
        while (bytes.hasRemaining()) {
            int nameLength = bytes.get() & 0xFF;
            if (nameLength == 0 || bytes.remaining() < nameLength + 1) {
                return false;
            }
            byte[] name = taken(bytes, nameLength);
            int type = bytes.get();
            if (type < 0 || type >= sizes.length || (sizes[type] < 0 && bytes.remaining() < 2)) {
                return false;
            }
            int size = sizes[type] < 0 ? bytes.getShort() & 0xFFFF : sizes[type];
            if (bytes.remaining() < size) {
                return false;
            }
            byte[] value = taken(bytes, size);
            try {
                String text = type == 7 ? utf8(value) : "";
                if (into.putIfAbsent(utf8(name), text) != null) {
                    return false;
                }
            } catch (CharacterCodingException e) {
                return false;
            }
        }
        return true;
    }

    private static String utf8(byte[] bytes) throws CharacterCodingException {
        return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
}
