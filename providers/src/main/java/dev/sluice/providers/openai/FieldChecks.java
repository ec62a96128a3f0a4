package dev.sluice.providers.openai;

/** Reads one field of a request or refuses it, in OpenAI's words. */
final class FieldChecks {

    private FieldChecks() {}

    /** Refuses the value ahead unless it {@code fits}. */
    static void require(boolean fits, String expected, JsonCursor cursor, String param)
            throws MalformedException {
        if (!fits) {
            String found =
                    switch (cursor.kind()) {
                        case '{' -> "an object";
                        case '[' -> "an array";
                        case '"' -> "a string";
                        case 't', 'f' -> "a boolean";
                        case 'n' -> "null";
                        default -> "a number";
                    };
            cursor.skipValue();
            throw new MalformedException(
                    "Invalid type for '%s': expected %s, but got %s instead."
                            .formatted(param, expected, found),
                    param);
        }
    }

    /** Reads true, false, or null for false. */
    static boolean flag(JsonCursor cursor, String param) throws MalformedException {
        byte kind = cursor.kind();
        require(kind == 't' || kind == 'f' || kind == 'n', "a boolean", cursor, param);
        cursor.skipScalar();
        return kind == 't';
    }

    static MalformedException duplicate(String param) {
        return new MalformedException("Duplicate parameter: '" + param + "'.", param);
    }

    /** The string just read, which must be text: a half surrogate pair cannot be looked up. */
    static String text(JsonCursor cursor, String param) throws MalformedException {
        if (!cursor.textIsUnicode()) {
            throw new MalformedException(
                    "Invalid value for '" + param + "': it is not valid Unicode.", param);
        }
        return cursor.text();
    }
}
