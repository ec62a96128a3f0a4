package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.cache.CachedAnswer.Form;
import dev.sluice.ingress.cache.CachedAnswer.Labels;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Answers as bytes: version, seal, then everything else, the answer itself last and deflated where
 * that makes it smaller.
 *
 * <p>The seal is an HMAC over the answer's key and all that follows, by what only the gateways of
 * one fleet know: so nobody who can write to Redis can make up an answer or move one to another
 * tenant's key, two fleets that share a Redis never read each other's, and damage is seen.
 */
final class AnswerCodec {

    /** A shorter answer is kept as it is. */
    static final int DEFLATED_FROM_BYTES = 1024;

    private static final byte VERSION = 1;
    private static final int SEAL_BYTES = 32;
    private static final int STREAM = 1;
    private static final int DEFLATED = 2;
    private static final int LONGEST_TEXT = 0xffff;
    private static final int FIXED_BYTES = 1 + 4 * Long.BYTES + Integer.BYTES;

    /** Seals against damage alone, where a gateway has no key to sign by. */
    private static final Secret NO_KEY = new Secret("sluice");

    private final RecordSignature seal;

    /** A codec of all gateways that have the same key; null where there is none. */
    AnswerCodec(@Nullable Secret key) {
        this.seal = new RecordSignature(key == null ? NO_KEY : key);
    }

    /** An answer's bytes; null if a name in it is longer than 64 kB. */
    byte @Nullable [] encode(AnswerKey key, CachedAnswer answer) {
        byte[] body = answer.bytes();
        byte[] deflated = body.length < DEFLATED_FROM_BYTES ? null : deflated(body);
        List<byte[]> texts = texts(answer);
        int length = FIXED_BYTES + Short.BYTES;
        for (byte[] text : texts) {
            if (text.length > LONGEST_TEXT) {
                return null;
            }
            length += Short.BYTES + text.length;
        }
        byte[] last = deflated == null ? body : deflated;
        ByteBuffer sealed = ByteBuffer.allocate(length + last.length);
        sealed.put(
                (byte)
                        ((answer.form() == Form.STREAM ? STREAM : 0)
                                | (deflated == null ? 0 : DEFLATED)));
        sealed.putLong(answer.costPico())
                .putLong(answer.tookMicros())
                .putLong(answer.askedAtMillis())
                .putLong(answer.lifetimeMillis())
                .putInt(body.length)
                .putShort((short) texts.size());
        for (byte[] text : texts) {
            sealed.putShort((short) text.length).put(text);
        }
        sealed.put(last);
        return ByteBuffer.allocate(1 + SEAL_BYTES + sealed.capacity())
                .put(VERSION)
                .put(seal.of(sealedName(key), sealed.array()))
                .put(sealed.array())
                .array();
    }

    /** An answer; null for one of another version or another fleet, and one that is damaged. */
    @Nullable CachedAnswer decode(AnswerKey key, byte[] bytes) {
        if (bytes.length < 1 + SEAL_BYTES + FIXED_BYTES || bytes[0] != VERSION) {
            return null;
        }
        byte[] sealed = Arrays.copyOfRange(bytes, 1 + SEAL_BYTES, bytes.length);
        if (!seal.isOf(sealedName(key), sealed, Arrays.copyOfRange(bytes, 1, 1 + SEAL_BYTES))) {
            return null;
        }
        try {
            return read(ByteBuffer.wrap(sealed));
        } catch (BufferUnderflowException | DataFormatException e) {
            return null;
        }
    }

    private static @Nullable CachedAnswer read(ByteBuffer sealed) throws DataFormatException {
        int flags = sealed.get();
        long costPico = sealed.getLong();
        long tookMicros = sealed.getLong();
        long askedAtMillis = sealed.getLong();
        long lifetimeMillis = sealed.getLong();
        int length = sealed.getInt();
        int texts = Short.toUnsignedInt(sealed.getShort());
        if (length < 0 || length > AnswerCache.LARGEST_ANSWER_BYTES || texts < 5) {
            return null;
        }
        List<String> read = new ArrayList<>(texts);
        for (int i = 0; i < texts; i++) {
            byte[] text = new byte[Short.toUnsignedInt(sealed.getShort())];
            sealed.get(text);
            read.add(new String(text, UTF_8));
        }
        byte[] body = body(sealed, length, (flags & DEFLATED) != 0);
        return body == null
                ? null
                : new CachedAnswer(
                        (flags & STREAM) != 0 ? Form.STREAM : Form.PLAIN,
                        body,
                        read.get(0),
                        read.get(1),
                        read.get(2),
                        costPico,
                        tookMicros,
                        askedAtMillis,
                        lifetimeMillis,
                        new Labels(read.get(3), read.get(4), read.subList(5, texts)));
    }

    private static byte @Nullable [] body(ByteBuffer rest, int length, boolean deflated)
            throws DataFormatException {
        byte[] body = new byte[length];
        if (!deflated) {
            if (rest.remaining() != length) {
                return null;
            }
            rest.get(body);
            return body;
        }
        try (var inflater = new Inflater(true)) {
            inflater.setInput(rest);
            int inflated = inflater.inflate(body);
            return inflated == length && rest.remaining() == 0 ? body : null;
        }
    }

    private static byte @Nullable [] deflated(byte[] body) {
        try (var deflater = new Deflater(Deflater.BEST_SPEED, true)) {
            deflater.setInput(body);
            deflater.finish();
            // What does not become smaller by an eighth is not worth inflating.
            byte[] buffer = new byte[body.length - body.length / 8];
            int length = deflater.deflate(buffer);
            return deflater.finished() ? Arrays.copyOf(buffer, length) : null;
        }
    }

    private static List<byte[]> texts(CachedAnswer answer) {
        Labels labels = answer.labels();
        List<byte[]> texts = new ArrayList<>(5 + labels.tags().size());
        texts.add(answer.contentType().getBytes(UTF_8));
        texts.add(answer.model().getBytes(UTF_8));
        texts.add(answer.deploymentId().getBytes(UTF_8));
        texts.add(labels.modelGroup().getBytes(UTF_8));
        texts.add(labels.namespace().getBytes(UTF_8));
        labels.tags().forEach(tag -> texts.add(tag.getBytes(UTF_8)));
        return texts;
    }

    /** Unlike any key of an account record, which are signed by the same key. */
    private static String sealedName(AnswerKey key) {
        return "answer:" + key.text();
    }
}
