package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A vector of length 1 that a seed decides. Its parts are whole millionths, so that both of its
 * written forms are exactly the same numbers.
 */
final class Embedding {

    private static final int LARGE_DIMENSIONS = 3072;
    private static final int USUAL_DIMENSIONS = 1536;
    private static final int MILLION = 1_000_000;
    private static final int DECIMALS = 6;

    /** Sign, one digit, a point, the decimals, a comma. */
    private static final int CHARACTERS_PER_PART = 4 + DECIMALS;

    private final int[] millionths;

    private Embedding(int[] millionths) {
        this.millionths = millionths;
    }

    static int naturalDimensions(String model) {
        return model.endsWith("-large") ? LARGE_DIMENSIONS : USUAL_DIMENSIONS;
    }

    /** A vector for each of the texts of a call. */
    static List<Embedding> all(ModelCall call) {
        int dimensions =
                call.dimensions() > 0 ? call.dimensions() : naturalDimensions(call.model());
        long seed = Mixer.hash(call.model());
        return call.prompts().stream().map(p -> of(seed ^ p.hash(), dimensions)).toList();
    }

    static Embedding of(long seed, int dimensions) {
        int[] parts = new int[dimensions];
        double squares = 0;
        for (int i = 0; i < dimensions; i++) {
            parts[i] = (int) (Mixer.at(seed, i) >> 40);
            squares += (double) parts[i] * parts[i];
        }
        double scale = squares == 0 ? 0 : MILLION / Math.sqrt(squares);
        for (int i = 0; i < dimensions; i++) {
            parts[i] = (int) Math.rint(parts[i] * scale);
        }
        return new Embedding(parts);
    }

    void write(JsonGenerator json, boolean base64) throws IOException {
        if (base64) {
            json.writeBinary(littleEndianFloats());
        } else {
            char[] text = new char[millionths.length * CHARACTERS_PER_PART + 2];
            json.writeRawValue(text, 0, format(text));
        }
    }

    private byte[] littleEndianFloats() {
        ByteBuffer floats =
                ByteBuffer.allocate(millionths.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int part : millionths) {
            floats.putFloat((float) (part / (double) MILLION));
        }
        return floats.array();
    }

    /** Writes the vector as a JSON array; by hand, as this is most of the cost of an answer. */
    private int format(char[] text) {
        int at = 0;
        text[at++] = '[';
        for (int part : millionths) {
            if (at > 1) {
                text[at++] = ',';
            }
            if (part < 0) {
                text[at++] = '-';
            }
            int rest = Math.abs(part);
            text[at++] = (char) ('0' + rest / MILLION);
            text[at++] = '.';
            for (int digit = DECIMALS - 1; digit >= 0; digit--) {
                text[at + digit] = (char) ('0' + rest % 10);
                rest /= 10;
            }
            at += DECIMALS;
        }
        text[at++] = ']';
        return at;
    }
}
