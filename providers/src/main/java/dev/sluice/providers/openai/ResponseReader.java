package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.providers.openai.ResponseFacts.ProviderError;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/** The one pass over an answer; an instance reads one. Of repeated names the last one holds. */
final class ResponseReader {

    private static final byte[] ID = ascii("id");
    private static final byte[] MODEL = ascii("model");
    private static final byte[] OBJECT = ascii("object");
    private static final byte[] USAGE = ascii("usage");
    private static final byte[] SERVICE_TIER = ascii("service_tier");
    private static final byte[] X_GROQ = ascii("x_groq");
    private static final byte[] CHOICES = ascii("choices");
    private static final byte[] ERROR = ascii("error");
    private static final byte[] TYPE = ascii("type");
    private static final byte[] CODE = ascii("code");
    private static final byte[] DELTA = ascii("delta");
    private static final byte[] MESSAGE = ascii("message");
    private static final byte[] TEXT = ascii("text");
    private static final byte[] FINISH_REASON = ascii("finish_reason");
    private static final byte[] TOOL_CALLS = ascii("tool_calls");
    private static final byte[] FUNCTION_CALL = ascii("function_call");
    private static final byte[] REFUSAL = ascii("refusal");
    private static final byte[] CONTENT_FILTER = ascii("content_filter");

    /** OpenAI's two, and what others of its wire say for the first. */
    private static final byte[][] GOOD_ENDS = {
        ascii("stop"), ascii("length"), ascii("eos"), ascii("eos_token"), ascii("stop_sequence")
    };

    /** The members of a message that carry output; the first is by far the most frequent. */
    private static final byte[][] OUTPUTS = {
        ascii("content"), ascii("reasoning_content"), ascii("reasoning"), ascii("audio")
    };

    private final JsonCursor cursor;
    private @Nullable String id;
    private @Nullable String model;
    private @Nullable String serviceTier;
    private @Nullable Usage usage;
    private @Nullable Usage usageAside;
    private boolean hasChoices;
    private boolean hasContent;
    private boolean finished;
    private int choices;
    private int wellEnded;
    private boolean callsTools;
    private boolean refuses;
    private boolean failed;
    private boolean isErrorObject;
    private @Nullable String errorType;
    private @Nullable String errorCode;

    ResponseReader(JsonCursor cursor) {
        this.cursor = cursor;
    }

    ResponseFacts read() throws MalformedException {
        cursor.enterObject();
        String type = null;
        String code = null;
        while (cursor.nextMember()) {
            if (cursor.nameIs(CHOICES)) {
                readChoices();
            } else if (cursor.nameIs(USAGE)) {
                usage = UsageReader.read(cursor);
            } else if (cursor.nameIs(ID)) {
                id = filled(text());
            } else if (cursor.nameIs(MODEL)) {
                model = filled(text());
            } else if (cursor.nameIs(ERROR)) {
                readError();
            } else if (cursor.nameIs(OBJECT)) {
                isErrorObject = cursor.kind() == '"' && textIs(ERROR);
            } else if (cursor.nameIs(SERVICE_TIER)) {
                serviceTier = filled(text());
            } else if (cursor.nameIs(X_GROQ)) {
                readGroq();
            } else if (cursor.nameIs(TYPE)) {
                type = text();
            } else if (cursor.nameIs(CODE)) {
                code = text();
            } else {
                cursor.skipValue();
            }
        }
        cursor.expectEnd();
        return facts(type, code);
    }

    /** Mistral's and xAI's errors carry type and code outside of any {@code error} object. */
    private ResponseFacts facts(@Nullable String type, @Nullable String code) {
        ProviderError error = null;
        if (failed || isErrorObject) {
            error =
                    new ProviderError(
                            errorType == null ? type : errorType,
                            errorCode == null ? code : errorCode);
        }
        return new ResponseFacts(
                true,
                id,
                model,
                usage == null ? usageAside : usage,
                hasChoices,
                hasContent,
                finished,
                choices > 0 && choices == wellEnded,
                callsTools,
                refuses,
                serviceTier,
                error);
    }

    private void readChoices() throws MalformedException {
        if (cursor.kind() != '[') {
            cursor.skipValue();
            return;
        }
        cursor.enterArray();
        while (cursor.nextElement()) {
            hasChoices = true;
            choices++;
            if (cursor.kind() == '{') {
                readChoice();
            } else {
                cursor.skipValue();
            }
        }
    }

    private void readChoice() throws MalformedException {
        boolean endsWell = false;
        cursor.enterObject();
        while (cursor.nextMember()) {
            if ((cursor.nameIs(DELTA) || cursor.nameIs(MESSAGE)) && cursor.kind() == '{') {
                readMessage();
            } else if (cursor.nameIs(TEXT)) {
                hasContent |= skipFilled();
            } else if (cursor.nameIs(FINISH_REASON)) {
                endsWell = readFinish();
            } else {
                cursor.skipValue();
            }
        }
        wellEnded += endsWell ? 1 : 0;
    }

    private boolean readFinish() throws MalformedException {
        boolean isReason = cursor.kind() == '"';
        finished |= isReason;
        if (isReason) {
            cursor.skipScalar();
            refuses |= cursor.textIs(CONTENT_FILTER);
            return isGoodEnd();
        }
        cursor.skipValue();
        return false;
    }

    private boolean isGoodEnd() {
        for (byte[] reason : GOOD_ENDS) {
            if (cursor.textIs(reason)) {
                return true;
            }
        }
        return false;
    }

    private void readMessage() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(TOOL_CALLS) || cursor.nameIs(FUNCTION_CALL)) {
                boolean filled = skipFilled();
                callsTools |= filled;
                hasContent |= filled;
            } else if (cursor.nameIs(REFUSAL)) {
                boolean filled = skipFilled();
                refuses |= filled;
                hasContent |= filled;
            } else if (isOutput()) {
                hasContent |= skipFilled();
            } else {
                cursor.skipValue();
            }
        }
    }

    private boolean isOutput() {
        for (byte[] name : OUTPUTS) {
            if (cursor.nameIs(name)) {
                return true;
            }
        }
        return false;
    }

    /** Steps over a value; whether it is more than null, nothing and empty. */
    private boolean skipFilled() throws MalformedException {
        byte kind = cursor.kind();
        int start = cursor.position();
        cursor.skipValue();
        return kind != 'n' && cursor.position() - start > 2;
    }

    private void readError() throws MalformedException {
        failed = cursor.kind() != 'n';
        if (cursor.kind() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(TYPE)) {
                errorType = text();
            } else if (cursor.nameIs(CODE)) {
                errorCode = text();
            } else {
                cursor.skipValue();
            }
        }
    }

    /** Groq puts a stream's usage here as well, and here alone where nobody asked for it. */
    private void readGroq() throws MalformedException {
        if (cursor.kind() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(USAGE)) {
                usageAside = UsageReader.read(cursor);
            } else {
                cursor.skipValue();
            }
        }
    }

    private boolean textIs(byte[] text) throws MalformedException {
        cursor.skipScalar();
        return cursor.textIs(text);
    }

    /** The string ahead, the text of a number, or null for all else. */
    private @Nullable String text() throws MalformedException {
        byte kind = cursor.kind();
        int start = cursor.position();
        cursor.skipValue();
        if (kind == '"') {
            return cursor.text();
        }
        return JsonNumbers.isNumber(kind)
                ? new String(cursor.bytes, start, cursor.position() - start, US_ASCII)
                : null;
    }

    /** Azure's first chunk has empty names. */
    private static @Nullable String filled(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static byte[] ascii(String name) {
        return name.getBytes(US_ASCII);
    }
}
