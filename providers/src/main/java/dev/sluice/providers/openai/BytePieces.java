package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;

/** Puts a text together of pieces of others. */
final class BytePieces {

    private final ByteArrayOutputStream out;

    BytePieces(int sizeHint) {
        out = new ByteArrayOutputStream(sizeHint);
    }

    void add(byte[] bytes, int start, int end) {
        out.write(bytes, start, end - start);
    }

    void add(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
    }

    void ascii(String text) {
        add(text.getBytes(US_ASCII));
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
