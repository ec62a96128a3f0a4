package dev.sluice.providers.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * The last bytes of an answer, and members of JSON in them. A text in an answer cannot pretend to
 * be a member: its quotes are escaped.
 */
final class Tail {

    private static final int KEPT_BYTES = 16 * 1024;

    private final byte[] kept = new byte[2 * KEPT_BYTES];
    private int length;

    /** The next bytes of the answer. */
    void add(byte[] bytes, int count) {
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

    /** The last object that is a member of this name; null if there is none. */
    @Nullable JsonNode last(String name) {
        String member = "\"" + name + "\"";
        String text = text();
        JsonNode found = null;
        int at = text.lastIndexOf(member);
        while (at >= 0 && found == null) {
            found = object(text, at, member);
            at = text.lastIndexOf(member, at - 1);
        }
        return found;
    }

    /** The first one; null if there is none. */
    @Nullable JsonNode first(String name) {
        String member = "\"" + name + "\"";
        String text = text();
        JsonNode found = null;
        int at = text.indexOf(member);
        while (at >= 0 && found == null) {
            found = object(text, at, member);
            at = text.indexOf(member, at + 1);
        }
        return found;
    }

    private String text() {
        return new String(kept, 0, length, ISO_8859_1);
    }

    private static @Nullable JsonNode object(String text, int at, String member) {
        if (at > 0 && text.charAt(at - 1) == '\\') {
            return null;
        }
        String after = text.substring(at + member.length()).stripLeading();
        if (!after.startsWith(":")) {
            return null;
        }
        String value = new String(after.substring(1).getBytes(ISO_8859_1), UTF_8);
        try (JsonParser json = UnitUse.parser(value)) {
            json.nextToken();
            JsonNode tree = UnitUse.tree(json);
            return tree != null && tree.isObject() ? tree : null;
        } catch (IOException e) {
            return null; // The answer ended in the middle of it.
        }
    }
}
