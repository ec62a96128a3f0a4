package dev.sluice.semantics.index;

import dev.sluice.semantics.guards.Fingerprint;

/**
 * What is kept of a question, and the value that answers it.
 *
 * @param <T> what the index is asked for
 */
final class Entry<T> {

    /** What an entry takes besides vector, fingerprint and value: objects, and places in maps. */
    private static final int OVERHEAD_BYTES = 400 + Sketch.BYTES;

    static final int NOWHERE = -1;

    final String id;
    final Scope scope;
    final Question question;
    final T value;
    final long bytes;
    final long expiresAtNanos;

    /** Since eviction last came by. Racy on purpose: a use that gets lost costs little. */
    boolean used;

    /** Where it stands in its scope; under the lock of the scope. */
    int slot = NOWHERE;

    /** Set once, under the lock of the scope. */
    volatile boolean removed;

    Entry(
            String id,
            Scope scope,
            Question question,
            T value,
            long valueBytes,
            long expiresAtNanos) {
        this.id = id;
        this.scope = scope;
        this.question = question;
        this.value = value;
        this.bytes =
                OVERHEAD_BYTES
                        + id.length()
                        + question.vector().bytes()
                        + 2L * question.print().size()
                        + valueBytes;
        this.expiresAtNanos = expiresAtNanos;
    }

    Fingerprint print() {
        return question.print();
    }

    boolean isExpired(long nowNanos) {
        return expiresAtNanos - nowNanos <= 0;
    }
}
