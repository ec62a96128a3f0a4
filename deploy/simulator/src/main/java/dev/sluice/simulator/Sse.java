package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Writes events of a stream, each with JSON as its data. For one stream. */
final class Sse {

    private static final byte[] DATA = "data: ".getBytes(US_ASCII);
    private static final byte[] END = "\n\n".getBytes(US_ASCII);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream(512);

    /** Adds {@code data: JSON} and an empty line. */
    Sse data(AnswerWriter.Body body) throws IOException {
        written.write(DATA);
        try (JsonGenerator json = Json.FACTORY.createGenerator(written)) {
            body.write(json);
        }
        written.write(END);
        return this;
    }

    /** Adds an event with a name. */
    Sse event(String name, AnswerWriter.Body body) throws IOException {
        written.write(("event: " + name + "\n").getBytes(US_ASCII));
        return data(body);
    }

    /** What was added since the last time. */
    byte[] take() {
        byte[] bytes = written.toByteArray();
        written.reset();
        return bytes;
    }

    /** The same with JSON that breaks off in the middle. */
    static byte[] broken(byte[] whole) {
        byte[] half = Arrays.copyOf(whole, whole.length / 2);
        System.arraycopy(END, 0, half, half.length - END.length, END.length);
        return half;
    }
}
