package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;

/** Names of which a request's outermost object may have some. */
public final class TopLevelFields {

    private final byte[][] names;

    /** Looks for these names. */
    public TopLevelFields(Collection<String> names) {
        this.names = names.stream().map(name -> name.getBytes(UTF_8)).toArray(byte[][]::new);
    }

    /** Whether one of them is there; false for what is no JSON object. Builds nothing. */
    public boolean anyIn(byte[] body, int length) {
        if (names.length == 0) {
            return false;
        }
        try {
            JsonCursor cursor = new JsonCursor(body, 0, length);
            cursor.enterObject();
            while (cursor.nextMember()) {
                for (byte[] name : names) {
                    if (cursor.nameIs(name)) {
                        return true;
                    }
                }
                cursor.skipValue();
            }
            return false;
        } catch (MalformedException e) {
            return false;
        }
    }
}
