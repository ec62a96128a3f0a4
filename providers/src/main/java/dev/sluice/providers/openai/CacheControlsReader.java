package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Reads the body field {@code cache}. Names that it does not know pass: LiteLLM ignores them. */
final class CacheControlsReader {

    private static final int NAMESPACE_MAX = 256;

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to the bytes of a name
    private enum Control {
        NO_CACHE,
        NO_STORE,
        TTL,
        S_MAXAGE,
        S_MAX_AGE,
        NAMESPACE,
        USE_CACHE;

        private static final Control[] ALL = values();

        private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
        private final byte[] bytes = text.getBytes(US_ASCII);
        private final String param = "cache." + text;

        static @Nullable Control at(JsonCursor cursor) {
            for (Control control : ALL) {
                if (cursor.nameIs(control.bytes)) {
                    return control;
                }
            }
            return null;
        }
    }

    private final JsonCursor cursor;
    private final Set<Control> seen = EnumSet.noneOf(Control.class);
    private boolean noCache;
    private boolean noStore;
    private long ttlSeconds = -1;
    private long maxAgeSeconds = -1;
    private @Nullable String namespace;
    private @Nullable Boolean useCache;

    private CacheControlsReader(JsonCursor cursor) {
        this.cursor = cursor;
    }

    /** Reads the value ahead: an object or null. */
    static CacheControls read(JsonCursor cursor) throws MalformedException {
        if (cursor.kind() == 'n') {
            cursor.skipScalar();
            return CacheControls.NONE;
        }
        FieldChecks.require(cursor.kind() == '{', "an object", cursor, "cache");
        return new CacheControlsReader(cursor).read();
    }

    private CacheControls read() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            Control control = Control.at(cursor);
            if (control == null) {
                cursor.skipValue();
                continue;
            }
            if (!seen.add(control)) {
                throw FieldChecks.duplicate(control.param);
            }
            read(control);
        }
        return new CacheControls(noCache, noStore, ttlSeconds, maxAgeSeconds, namespace, useCache);
    }

    private void read(Control control) throws MalformedException {
        switch (control) {
            case NO_CACHE -> noCache = FieldChecks.flag(cursor, control.param);
            case NO_STORE -> noStore = FieldChecks.flag(cursor, control.param);
            case TTL -> ttlSeconds = seconds(control.param);
            case S_MAXAGE, S_MAX_AGE -> maxAgeSeconds = stricter(seconds(control.param));
            case NAMESPACE -> namespace = namespace(control.param);
            case USE_CACHE -> {
                boolean isNull = cursor.kind() == 'n';
                boolean flag = FieldChecks.flag(cursor, control.param);
                useCache = isNull ? null : (Boolean) flag;
            }
        }
    }

    /** Both spellings may be there: the younger age holds. */
    private long stricter(long seconds) {
        return maxAgeSeconds < 0 || (seconds >= 0 && seconds < maxAgeSeconds)
                ? seconds
                : maxAgeSeconds;
    }

    private long seconds(String param) throws MalformedException {
        byte kind = cursor.kind();
        FieldChecks.require(kind == 'n' || JsonNumbers.isNumber(kind), "a number", cursor, param);
        int start = cursor.position();
        cursor.skipScalar();
        if (kind == 'n') {
            return -1;
        }
        long seconds = JsonNumbers.wholePart(cursor.bytes, start, cursor.position());
        if (seconds < 0) {
            throw new MalformedException(
                    "Invalid value for '" + param + "': expected a number of seconds.", param);
        }
        return seconds;
    }

    /** It is kept with every answer: no more than a name. */
    private @Nullable String namespace(String param) throws MalformedException {
        String name = string(param);
        if (name != null && name.length() > NAMESPACE_MAX) {
            throw new MalformedException(
                    "Invalid value for '%s': expected at most %d characters."
                            .formatted(param, NAMESPACE_MAX),
                    param);
        }
        return name;
    }

    private @Nullable String string(String param) throws MalformedException {
        byte kind = cursor.kind();
        FieldChecks.require(kind == 'n' || kind == '"', "a string", cursor, param);
        cursor.skipScalar();
        return kind == 'n' ? null : FieldChecks.text(cursor, param);
    }
}
