package dev.sluice.ingress.limits;

import java.util.List;

/**
 * Decides whether a call fits into everything that limits it.
 *
 * <p>A refused call consumes nothing of any scope. Safe for use by many threads.
 */
public interface Limiter extends AutoCloseable {

    /**
     * Reserves what a call is expected to use, in all its scopes or in none. Waits at most 50 ms
     * for other servers, and not at all while they are known to be away.
     */
    Admission admit(Claim claim);

    /**
     * What is left of everything that would limit a call, as far as it is known here. Nothing is
     * reserved, begun or asked.
     */
    List<Remaining> peek(Claim claim);

    /** Whether other ingresses can be heard; where there are none to hear, true. */
    boolean isShared();

    @Override
    void close();
}
