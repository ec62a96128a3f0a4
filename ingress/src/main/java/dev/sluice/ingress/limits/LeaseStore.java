package dev.sluice.ingress.limits;

import java.time.Duration;
import java.util.List;

/** Where all ingresses keep what they hold. */
interface LeaseStore extends AutoCloseable {

    /**
     * Runs the lease script.
     *
     * @throws LeaseFailure if there is no answer within the deadline; the script may run all the
     *     same, also later
     */
    List<?> evaluate(List<Object> keys, Object[] arguments, Duration deadline) throws LeaseFailure;

    @Override
    void close();
}
