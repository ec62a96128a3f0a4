package dev.sluice.standalone.lab;

import org.jspecify.annotations.Nullable;

/** One sending of a call to one deployment. */
final class Attempt {

    final Attempt.Call call;
    final int deployment;
    final long sentAt;
    final Listener listener;

    /** What a strategy keeps with it. */
    @Nullable Object memo;

    boolean hasAnswered;
    boolean isOver;
    boolean isServed;

    Attempt(Call call, int deployment, long sentAt, Listener listener) {
        this.call = call;
        this.deployment = deployment;
        this.sentAt = sentAt;
        this.listener = listener;
    }

    /** One call of a caller, with all its attempts. */
    static final class Call {

        final Arrival arrival;
        int attempts;
        int firstStatus;

        /** What a strategy keeps with it. */
        @Nullable Object memo;

        Call(Arrival arrival) {
            this.arrival = arrival;
        }
    }

    /**
     * Why an attempt brought no answer.
     *
     * @param status as HTTP has it; 408 for one that was waited for in vain
     * @param retryAfterSeconds -1 where none was named
     */
    record Failure(int status, long retryAfterSeconds) {}

    /** Who is told what becomes of an attempt. */
    interface Listener {

        void answered(Attempt attempt);

        void ended(Attempt attempt);

        void failed(Attempt attempt, Failure failure);
    }
}
