package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Locale;

/**
 * Kept answers are declared invalid: all that were asked for at {@code at} or before. Never holds
 * anything of a prompt or an answer.
 *
 * @param at by the clock of the gateway that was told
 * @param scope {@code all}, {@code model}, {@code namespace}, {@code tag} or {@code key}; what a
 *     reader does not know means all
 * @param value which of the scope; null for all
 * @param tenant whose answers; null for everybody's
 * @param by who declared it: {@code user:} and his id, or {@code key:} and the key's hash
 */
public record CacheEvent(
        String eventId,
        Instant at,
        String scope,
        @Nullable String value,
        @Nullable String tenant,
        String by) {

    /** What can be declared invalid at once. */
    public enum Scope {
        ALL,
        MODEL,
        NAMESPACE,
        TAG,
        KEY;

        /** The word in an event. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Scope of(String word) {
            for (Scope scope : values()) {
                if (scope.word().equals(word)) {
                    return scope;
                }
            }
            return ALL;
        }
    }

    public CacheEvent {
        requireNonNull(eventId, "eventId is null");
        requireNonNull(at, "at is null");
        requireNonNull(scope, "scope is null");
        requireNonNull(by, "by is null");
    }

    /** An event of everybody's answers. */
    public static CacheEvent of(
            String eventId, Instant at, Scope scope, @Nullable String value, String by) {
        return new CacheEvent(eventId, at, scope.word(), value, null, by);
    }

    /** Its scope; the whole where its word is not known, or a value is missing. */
    public Scope scopeOrAll() {
        return value == null ? Scope.ALL : Scope.of(scope);
    }

    /** The record's key: of each thing, the newest declaration stays on the topic. */
    public String recordKey() {
        String what = value == null ? scope : scope + ':' + value;
        return tenant == null ? what : what + '@' + tenant;
    }
}
