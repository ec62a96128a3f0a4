package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * What a request asks last, apart from all else that its answer depends on: what went before, the
 * system's words, tools and settings.
 *
 * @param text of the last turn, which is the user's; never blank
 * @param restHash SHA-256 of the request without that text, model, stream settings and cache
 *     controls: equal where two requests differ in nothing but their last question
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Question(String text, byte[] restHash) {

    private static final byte[] ROLE = "role".getBytes(US_ASCII);
    private static final byte[] USER = "user".getBytes(US_ASCII);
    private static final byte[] CONTENT = "content".getBytes(US_ASCII);
    private static final byte[] TYPE = "type".getBytes(US_ASCII);
    private static final byte[] TEXT = "text".getBytes(US_ASCII);
    private static final byte[] NOTHING = {'"', '"'};

    public Question {
        requireNonNull(text, "text is null");
        requireNonNull(restHash, "restHash is null");
    }

    /**
     * The question of a valid request; empty where its last turn is not one text of the user's: a
     * picture, an answer of a tool, several texts.
     *
     * @param model of the request, which may stand in its path alone
     */
    public static Optional<Question> of(Endpoint endpoint, byte[] body, int length, String model) {
        try {
            Found found = find(endpoint, new JsonCursor(body, 0, length));
            if (found == null || found.text.isBlank()) {
                return Optional.empty();
            }
            byte[] rest = new byte[length - (found.end - found.start) + NOTHING.length];
            System.arraycopy(body, 0, rest, 0, found.start);
            System.arraycopy(NOTHING, 0, rest, found.start, NOTHING.length);
            int behind = found.start + NOTHING.length;
            System.arraycopy(body, found.end, rest, behind, length - found.end);
            return RequestPeek.of(endpoint, rest, rest.length, true, model)
                                    instanceof RequestPeek.Facts f
                            && f.canonicalHash() != null
                    ? Optional.of(new Question(found.text, f.canonicalHash()))
                    : Optional.empty();
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    /** The text, and where its JSON string stands. */
    private record Found(String text, int start, int end) {}

    private static @Nullable Found find(Endpoint endpoint, JsonCursor cursor)
            throws MalformedException {
        byte[] name = endpoint.promptName().getBytes(US_ASCII);
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(name)) {
                return switch (endpoint) {
                    case CHAT_COMPLETIONS -> cursor.kind() == '[' ? lastTurn(cursor) : null;
                    case COMPLETIONS, RESPONSES -> text(cursor);
                    default -> null;
                };
            }
            cursor.skipValue();
        }
        return null;
    }

    private static @Nullable Found lastTurn(JsonCursor cursor) throws MalformedException {
        Found last = null;
        cursor.enterArray();
        while (cursor.nextElement()) {
            last = cursor.kind() == '{' ? turn(cursor) : skip(cursor);
        }
        return last;
    }

    /** The text of a message of the user's; null for any other. */
    private static @Nullable Found turn(JsonCursor cursor) throws MalformedException {
        boolean isUsers = false;
        int roles = 0;
        int contents = 0;
        Found content = null;
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(ROLE)) {
                roles++;
                isUsers = cursor.kind() == '"';
                cursor.skipValue();
                isUsers = isUsers && cursor.textIs(USER);
            } else if (cursor.nameIs(CONTENT)) {
                contents++;
                content = cursor.kind() == '[' ? onlyPart(cursor) : text(cursor);
            } else {
                cursor.skipValue();
            }
        }
        return isUsers && roles == 1 && contents == 1 ? content : null;
    }

    /** The text of the only part of a content; the part's type stays in the rest. */
    private static @Nullable Found onlyPart(JsonCursor cursor) throws MalformedException {
        Found only = null;
        int parts = 0;
        cursor.enterArray();
        while (cursor.nextElement()) {
            parts++;
            only = cursor.kind() == '{' ? part(cursor) : skip(cursor);
        }
        return parts == 1 ? only : null;
    }

    private static @Nullable Found part(JsonCursor cursor) throws MalformedException {
        boolean isText = false;
        int texts = 0;
        Found found = null;
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(TYPE)) {
                isText = cursor.kind() == '"';
                cursor.skipValue();
                isText = isText && cursor.textIs(TEXT);
            } else if (cursor.nameIs(TEXT)) {
                texts++;
                found = text(cursor);
            } else {
                cursor.skipValue();
            }
        }
        return isText && texts == 1 ? found : null;
    }

    private static @Nullable Found text(JsonCursor cursor) throws MalformedException {
        if (cursor.kind() != '"') {
            return skip(cursor);
        }
        int start = cursor.position();
        cursor.skipScalar();
        return cursor.textIsUnicode() ? new Found(cursor.text(), start, cursor.position()) : null;
    }

    private static @Nullable Found skip(JsonCursor cursor) throws MalformedException {
        cursor.skipValue();
        return null;
    }
}
