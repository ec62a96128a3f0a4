package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32;

/** Writes messages of {@code application/vnd.amazon.eventstream}. */
final class AwsFrames {

    private static final int PRELUDE_BYTES = 12;
    private static final int CRC_BYTES = 4;
    private static final byte TEXT = 7;

    private AwsFrames() {}

    /** One event. */
    static byte[] event(String type, byte[] json) {
        return frame(
                Map.of(
                        ":message-type", "event",
                        ":event-type", type,
                        ":content-type", "application/json"),
                json);
    }

    private static byte[] frame(Map<String, String> headers, byte[] payload) {
        byte[] head = headers(headers);
        int length = PRELUDE_BYTES + head.length + payload.length + CRC_BYTES;
        ByteBuffer frame = ByteBuffer.allocate(length);
        frame.putInt(length).putInt(head.length);
        frame.putInt(crc(frame.array(), frame.position()));
        frame.put(head).put(payload);
        frame.putInt(crc(frame.array(), frame.position()));
        return frame.array();
    }

    private static byte[] headers(Map<String, String> headers) {
        var out = new ByteArrayOutputStream();
        headers.forEach((name, value) -> {
            byte[] key = name.getBytes(UTF_8);
            byte[] text = value.getBytes(UTF_8);
            out.write(key.length);
            out.writeBytes(key);
            out.write(TEXT);
            out.writeBytes(ByteBuffer.allocate(2).putShort((short) text.length).array());
            out.writeBytes(text);
        });
        return out.toByteArray();
    }

    /** The same with a last byte that its checksum does not fit. */
    static byte[] broken(byte[] frame) {
        byte[] broken = frame.clone();
        broken[broken.length - 1] ^= 1;
        return broken;
    }

    private static int crc(byte[] bytes, int length) {
        var crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
