package dev.sluice.ingress.similar;

import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.similar.SimilarAnswers.Asked;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;
import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.index.Scope;

import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Questions as bytes: version, seal, the answer's key, when it was kept and for how long, the
 * fingerprint, and the vector in 16 bits a number.
 *
 * <p>The seal is an HMAC over the scope and all that follows, by what only the gateways of one
 * fleet know: nobody who can write to Redis can lead a question to another tenant's answer.
 */
final class QuestionCodec {

    private static final byte VERSION = 1;
    private static final int SEAL_BYTES = 32;
    private static final int KEY_BYTES = 4 * Long.BYTES;
    private static final int LARGEST_BYTES = 1 << 16;
    private static final float SCALE = 32_767;

    /** Seals against damage alone, where a gateway has no key to sign by. */
    private static final Secret NO_KEY = new Secret("sluice");

    private final RecordSignature seal;

    /** A codec of all gateways that have the same key; null where there is none. */
    QuestionCodec(@Nullable Secret key) {
        this.seal = new RecordSignature(key == null ? NO_KEY : key);
    }

    /**
     * A question with its answer's key.
     *
     * @param untilMillis until when the answer is kept, since 1970
     */
    record Kept(Asked asked, AnswerKey key, long untilMillis) {}

    byte[] encode(Kept kept) {
        float[] vector = kept.asked().vector();
        byte[] print = kept.asked().print().bytes();
        AnswerKey key = kept.key();
        int length =
                KEY_BYTES
                        + Long.BYTES
                        + 2 * Short.BYTES
                        + print.length
                        + Short.BYTES * vector.length;
        ByteBuffer sealed = ByteBuffer.allocate(length);
        sealed.putLong(key.a()).putLong(key.b()).putLong(key.c()).putLong(key.d());
        sealed.putLong(kept.untilMillis()).putShort((short) print.length).put(print);
        sealed.putShort((short) vector.length);
        for (float number : vector) {
            sealed.putShort((short) Math.round(Math.clamp(number, -1f, 1f) * SCALE));
        }
        return ByteBuffer.allocate(1 + SEAL_BYTES + length)
                .put(VERSION)
                .put(seal.of(name(kept.asked().scope()), sealed.array()))
                .put(sealed.array())
                .array();
    }

    /** A question of a scope; null for one of another version or fleet, and one that is damaged. */
    @Nullable Kept decode(Scope scope, byte[] bytes) {
        if (bytes.length <= 1 + SEAL_BYTES || bytes.length > LARGEST_BYTES || bytes[0] != VERSION) {
            return null;
        }
        byte[] sealed = Arrays.copyOfRange(bytes, 1 + SEAL_BYTES, bytes.length);
        if (!seal.isOf(name(scope), sealed, Arrays.copyOfRange(bytes, 1, 1 + SEAL_BYTES))) {
            return null;
        }
        try {
            return read(scope, ByteBuffer.wrap(sealed));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static Kept read(Scope scope, ByteBuffer sealed) {
        var key =
                new AnswerKey(
                        sealed.getLong(), sealed.getLong(), sealed.getLong(), sealed.getLong());
        long untilMillis = sealed.getLong();
        byte[] print = new byte[Short.toUnsignedInt(sealed.getShort())];
        sealed.get(print);
        float[] vector = new float[Short.toUnsignedInt(sealed.getShort())];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = sealed.getShort() / SCALE;
        }
        return new Kept(new Asked(scope, vector, Fingerprint.of(print)), key, untilMillis);
    }

    /** How a scope is named, in Redis and under the seal. */
    static String name(Scope scope) {
        return "similar:" + new AnswerKey(scope.a(), scope.b(), scope.c(), scope.d()).text();
    }
}
