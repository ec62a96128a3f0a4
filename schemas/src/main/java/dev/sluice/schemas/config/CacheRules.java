package dev.sluice.schemas.config;

/**
 * Whom a kept answer may be given to, and whether equal calls wait for one answer.
 *
 * @param share callers who share kept answers: those of one {@code key}, {@code user}, {@code team}
 *     or {@code organization}, or {@code all}; a key without a team counts by its user, one without
 *     a user by itself
 * @param coalesce of equal calls that are open at once, one is sent and the others get its answer
 */
public record CacheRules(
        @Key(standard = "team") Share share, @Key(standard = "true") boolean coalesce) {

    /** Shared in a team; equal calls are sent once. */
    public static final CacheRules DEFAULTS = RecordBinder.standard(CacheRules.class);

    /** Callers who share kept answers. */
    public enum Share {
        KEY,
        USER,
        TEAM,
        ORGANIZATION,
        ALL
    }
}
