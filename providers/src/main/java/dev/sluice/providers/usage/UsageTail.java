package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

/**
 * Finds the usage at the end of a stream of events that are not a chat's. It keeps the last bytes
 * alone, for an event may hold a whole picture; within them the last member {@code usage} counts.
 */
public final class UsageTail {

    private final Tail tail = new Tail();

    /** The next bytes of the stream. */
    public void add(byte[] bytes, int count) {
        tail.add(bytes, count);
    }

    /** What was used; null where the stream did not say. */
    public @Nullable UnitUse use(Endpoint endpoint, Units asked) {
        JsonNode usage = tail.last("usage");
        return usage == null ? null : UnitUse.ofEvent(endpoint, asked, usage);
    }
}
