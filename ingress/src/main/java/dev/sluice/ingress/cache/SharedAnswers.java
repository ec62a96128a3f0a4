package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * Answers that all ingresses share. Nothing here throws: what cannot be reached in time is a miss,
 * and what cannot be kept is dropped and counted.
 */
public interface SharedAnswers extends AutoCloseable {

    /** Nobody waits longer for all that he asks for. */
    Duration LONGEST_WAIT = Duration.ofMillis(50);

    /** Where ingresses share nothing. */
    SharedAnswers NONE =
            new SharedAnswers() {

                @Override
                public List<@Nullable CachedAnswer> find(List<AnswerKey> keys, Duration within) {
                    return Collections.nCopies(keys.size(), null);
                }

                @Override
                public void store(AnswerKey key, CachedAnswer answer) {}

                @Override
                public void remove(List<AnswerKey> keys) {}
            };

    /**
     * The answers of some keys, in their order; null for each that is not there, or comes too late.
     *
     * @param within how long it waits, {@link #LONGEST_WAIT} at most
     */
    List<@Nullable CachedAnswer> find(List<AnswerKey> keys, Duration within);

    /** The same, waiting as long as anybody may. */
    default List<@Nullable CachedAnswer> find(List<AnswerKey> keys) {
        return find(keys, LONGEST_WAIT);
    }

    /** So many were not asked for, since they might have been declared invalid unheard. */
    default List<@Nullable CachedAnswer> withheld(int count) {
        return Collections.nCopies(count, null);
    }

    /** Keeps an answer for its lifetime, some time later: the caller never waits. */
    void store(AnswerKey key, CachedAnswer answer);

    /** Forgets answers, some time later. */
    void remove(List<AnswerKey> keys);

    /** Forgets all answers, in the course of time; new ones may be among them. */
    default void removeAll() {}

    @Override
    default void close() {}
}
