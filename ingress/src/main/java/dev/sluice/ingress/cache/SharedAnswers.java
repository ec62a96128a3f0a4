package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.List;

/**
 * Answers that all ingresses share. Nothing here throws: what cannot be reached in time is a miss,
 * and what cannot be kept is dropped and counted.
 */
public interface SharedAnswers extends AutoCloseable {

    /** Where ingresses share nothing. */
    SharedAnswers NONE =
            new SharedAnswers() {

                @Override
                public List<@Nullable CachedAnswer> find(List<AnswerKey> keys) {
                    return Collections.nCopies(keys.size(), null);
                }

                @Override
                public void store(AnswerKey key, CachedAnswer answer) {}

                @Override
                public void remove(List<AnswerKey> keys) {}
            };

    /**
     * The answers of some keys in one round trip, in their order; null for each that is not there.
     * It waits for a bounded time.
     */
    List<@Nullable CachedAnswer> find(List<AnswerKey> keys);

    /** Keeps an answer for its lifetime, some time later: the caller never waits. */
    void store(AnswerKey key, CachedAnswer answer);

    /** Forgets answers, some time later. */
    void remove(List<AnswerKey> keys);

    /** Forgets all answers, in the course of time; new ones may be among them. */
    default void removeAll() {}

    @Override
    default void close() {}
}
