package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Writes AWS event streams, by the format's description. */
public final class EventFrames {

    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();

    /** An ordinary event. */
    public EventFrames event(String type, String json) {
        return frame(
                headers(
                        ":event-type",
                        type,
                        ":content-type",
                        "application/json",
                        ":message-type",
                        "event"),
                json.getBytes(UTF_8));
    }

    /** An error among the events. */
    public EventFrames exception(String type, String json) {
        return frame(
                headers(":exception-type", type, ":message-type", "exception"),
                json.getBytes(UTF_8));
    }

    /** Text headers, name and value in turns. */
    public static byte[] headers(String... namesAndValues) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            byte[] name = namesAndValues[i].getBytes(UTF_8);
            byte[] value = namesAndValues[i + 1].getBytes(UTF_8);
            bytes.write(name.length);
            bytes.writeBytes(name);
            bytes.write(7);
            bytes.write(value.length >> 8);
            bytes.write(value.length);
            bytes.writeBytes(value);
        }
        return bytes.toByteArray();
    }

    /** A message with right lengths and checksums. */
    public EventFrames frame(byte[] headers, byte[] payload) {
        byte[] bytes = new byte[16 + headers.length + payload.length];
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        frame.putInt(bytes.length).putInt(headers.length);
        frame.putInt(crc(bytes, 8));
        frame.put(headers).put(payload);
        frame.putInt(crc(bytes, bytes.length - 4));
        stream.writeBytes(bytes);
        return this;
    }

    private static int crc(byte[] bytes, int length) {
        var crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** All that was written. */
    public byte[] bytes() {
        return stream.toByteArray();
    }
}
