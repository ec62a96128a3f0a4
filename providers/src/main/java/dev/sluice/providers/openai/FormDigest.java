package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Digests;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What makes two forms the same: their fields by name, in any order, each by the SHA-256 of its
 * value. What a file is called is no part of it.
 */
final class FormDigest {

    private static final String DOMAIN = "sluice/1 form";

    private final List<Field> fields = new ArrayList<>();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Field(String name, byte[] hash) {}

    /** A field whose value lies between the offsets. */
    void add(String name, byte[] body, int start, int end) {
        MessageDigest digest = Digests.sha256();
        digest.update(body, start, end - start);
        fields.add(new Field(name, digest.digest()));
    }

    /** The SHA-256 of all. Fields of one name keep their order. */
    byte[] hash() {
        MessageDigest digest = Digests.sha256();
        digest.update(DOMAIN.getBytes(UTF_8));
        fields.sort(Comparator.comparing(Field::name));
        for (Field field : fields) {
            byte[] name = field.name.getBytes(UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
            digest.update(name);
            digest.update(field.hash);
        }
        return digest.digest();
    }
}
