package dev.sluice.spend;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** What an event that can be read may still have that no books can hold. */
final class EventChecks {

    /** An entry of an index takes 2,704 bytes at most, the other columns of the key included. */
    private static final int KEY_BYTES_MAX = 2_400;

    private static final int TEXT_CHARACTERS_MAX = 64 * 1024;
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private EventChecks() {}

    /** Why an event cannot be booked, without a word of its content; null if it can. */
    static @Nullable String reasonAgainst(SpendEvent event) {
        if (isImpossible(event.startedAt()) || isImpossible(event.endedAt())) {
            return "a spend event has an impossible number: its time";
        }
        if (event.costPico() < 0 && event.kind() != Kind.ADJUSTED) {
            return "a spend event has an impossible number: its cost is negative";
        }
        if (overflows(event.usage())) {
            return "a spend event has an impossible number: its tokens";
        }
        if (keyBytes(event) > KEY_BYTES_MAX || textIsTooLong(event)) {
            return "a spend event is too large: its owner, model or another text";
        }
        return null;
    }

    private static boolean isImpossible(Instant time) {
        return time.isBefore(EARLIEST) || time.isAfter(LATEST);
    }

    private static boolean overflows(Usage usage) {
        // Every class is at least 0: a sum that went round is less than one of its parts.
        try {
            long written = Math.addExact(usage.cacheWrite5m(), usage.cacheWrite1h());
            long read = Math.addExact(usage.input(), usage.cachedRead());
            long other = Math.addExact(usage.audioInput(), usage.image());
            long prompt = Math.addExact(Math.addExact(written, read), other);
            long out = Math.addExact(usage.output(), usage.reasoning());
            return prompt < 0 || Math.addExact(out, usage.audioOutput()) < 0;
        } catch (ArithmeticException e) {
            return true;
        }
    }

    /** The longest key among the tables; three bytes a character at most, counted as such. */
    private static int keyBytes(SpendEvent event) {
        SpendEvent.Owner owner = event.owner();
        int entity = bytes(owner.userId()) + bytes(owner.teamId());
        entity = Math.max(entity, Math.max(bytes(owner.orgId()), bytes(owner.endUser())));
        for (String tag : owner.tags()) {
            entity = Math.max(entity, bytes(tag));
        }
        return entity
                + bytes(owner.keyHash())
                + bytes(event.target().model())
                + bytes(event.target().modelGroup())
                + bytes(event.target().provider())
                + bytes(event.callType());
    }

    private static int bytes(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
        }
        return bytes;
    }

    private static boolean textIsTooLong(SpendEvent event) {
        return isTooLong(event.journal().id())
                || isTooLong(event.providerResponseId())
                || isTooLong(event.errorClass())
                || isTooLong(event.priceVersion())
                || isTooLong(event.target().deploymentId())
                || isTooLong(event.target().region())
                || (event.cache() != null && isTooLong(event.cache().key()))
                || (event.batch() != null && isTooLong(event.batch().id()));
    }

    private static boolean isTooLong(@Nullable String text) {
        return text != null && text.length() > TEXT_CHARACTERS_MAX;
    }
}
