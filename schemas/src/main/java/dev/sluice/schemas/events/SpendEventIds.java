package dev.sluice.schemas.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Digests;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** The ids of requests (UUIDv7) and of spend events (UUIDv5), RFC 9562. */
public final class SpendEventIds {

    private SpendEventIds() {}

    /** A new request id: 48 bits of milliseconds, then random, so that ids sort by time. */
    public static UUID newRequestId(long epochMillis) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (epochMillis << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** The id of the one terminal event of an attempt, whichever kind it is. */
    public static UUID terminal(UUID requestId, int attempt) {
        return nameBased(requestId, attempt + "/terminal");
    }

    /** The id of a correction of an attempt under a later price. */
    public static UUID adjusted(UUID requestId, int attempt, String priceVersion) {
        return nameBased(requestId, attempt + "/adjusted/" + priceVersion);
    }

    private static UUID nameBased(UUID namespace, String name) {
        MessageDigest sha1 = Digests.sha1();
        byte[] space =
                ByteBuffer.allocate(16)
                        .putLong(namespace.getMostSignificantBits())
                        .putLong(namespace.getLeastSignificantBits())
                        .array();
        sha1.update(space);
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest(name.getBytes(UTF_8)));
        long high = (hash.getLong() & 0xffff_ffff_ffff_0fffL) | 0x5000L;
        long low = (hash.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
