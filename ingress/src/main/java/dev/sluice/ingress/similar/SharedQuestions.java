package dev.sluice.ingress.similar;

import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.similar.SimilarAnswers.Asked;
import dev.sluice.semantics.index.Scope;

import java.time.Duration;

/**
 * Questions that other ingresses were asked: vectors, fingerprints and keys of answers, never
 * texts. Nothing here throws: what cannot be reached in time is not known.
 */
public interface SharedQuestions extends AutoCloseable {

    /** Where ingresses share nothing. */
    SharedQuestions NONE =
            new SharedQuestions() {

                @Override
                public void start(Learner learner) {}

                @Override
                public Fetch fetch(Scope scope) {
                    return Fetch.NOTHING;
                }

                @Override
                public void tell(Asked asked, AnswerKey key, Duration lifetime) {}
            };

    /** Begins; the learner is told what others ask. Returns at once. */
    void start(Learner learner);

    /** Begins to fetch what is new in a scope, if that was not done just now. */
    Fetch fetch(Scope scope);

    /** Tells the others of a question whose answer is kept, some time later. */
    void tell(Asked asked, AnswerKey key, Duration lifetime);

    @Override
    default void close() {}

    /** What is being fetched. */
    interface Fetch {

        /** Nothing is to be waited for. */
        Fetch NOTHING = _ -> {};

        /** Waits until it is learned, at most so long; what comes later is learned later. */
        void await(Duration within);
    }

    /** Who wants to know of questions. */
    interface Learner {

        /** A question, the key of its answer, and how long that is kept from now on. */
        void learn(Asked asked, AnswerKey key, Duration lifetime);
    }
}
