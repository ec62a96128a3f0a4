package dev.sluice.providers.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Finds the usage at the end of a stream of events that are not a chat's. It keeps the last bytes
 * alone, for an event may hold a whole picture; within them the last member {@code usage} counts. A
 * text cannot pretend to be one: its quotes are escaped.
 */
public final class UsageTail {

    private static final int KEPT_BYTES = 16 * 1024;
    private static final String MEMBER = "\"usage\"";

    private final byte[] kept = new byte[2 * KEPT_BYTES];
    private int length;

    /** The next bytes of the stream. */
    public void add(byte[] bytes, int count) {
        int from = Math.max(0, count - KEPT_BYTES);
        int more = count - from;
        if (length + more > kept.length) {
            int keep = Math.min(length, KEPT_BYTES);
            System.arraycopy(kept, length - keep, kept, 0, keep);
            length = keep;
        }
        System.arraycopy(bytes, from, kept, length, more);
        length += more;
    }

    /** What was used; null where the stream did not say. */
    public @Nullable UnitUse use(Endpoint endpoint, Units asked) {
        String text = new String(kept, 0, length, ISO_8859_1);
        for (int at = text.lastIndexOf(MEMBER); at >= 0; at = text.lastIndexOf(MEMBER, at - 1)) {
            if (at > 0 && text.charAt(at - 1) != '\\') {
                JsonNode usage = value(text.substring(at + MEMBER.length()));
                if (usage != null && usage.isObject()) {
                    return UnitUse.ofEvent(endpoint, asked, usage);
                }
            }
        }
        return null;
    }

    private static @Nullable JsonNode value(String rest) {
        String after = rest.stripLeading();
        if (!after.startsWith(":")) {
            return null;
        }
        try (JsonParser json =
                JsonTrees.MAPPER.createParser(
                        new String(after.substring(1).getBytes(ISO_8859_1), UTF_8))) {
            json.nextToken();
            return UnitUse.tree(json);
        } catch (IOException e) {
            return null; // The stream ended in the middle of it.
        }
    }
}
