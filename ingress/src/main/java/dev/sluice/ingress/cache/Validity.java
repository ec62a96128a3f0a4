package dev.sluice.ingress.cache;

/** Which of the kept answers may be given. */
@FunctionalInterface
interface Validity {

    /** Whether an answer must not be given. */
    boolean isInvalid(AnswerKey key, CachedAnswer answer);

    /**
     * Whether all that others declared invalid is known, but for the last seconds. Where it is not,
     * what others kept is not given: nobody here can say whether it still holds.
     */
    default boolean isCurrent() {
        return true;
    }
}
