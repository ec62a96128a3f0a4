package dev.sluice.ingress.accounts;

import dev.sluice.schemas.accounts.Account.Customer;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

/** Where keys are looked up. */
public interface KeyDirectory {

    /** Without any virtual key: for a gateway that has no accounts. */
    KeyDirectory NONE =
            new KeyDirectory() {
                @Override
                public Resolution resolve(KeyHash hash, boolean mayWait) {
                    return Resolution.UNKNOWN;
                }

                @Override
                public @Nullable EndUser endUser(String id) {
                    return null;
                }

                @Override
                public @Nullable Limits budget(String id) {
                    return null;
                }
            };

    /**
     * An end user with his effective limits.
     *
     * @param limits null where he has a budget that is not known yet: then he is not to be served
     */
    record EndUser(Customer customer, @Nullable Limits limits) {}

    /**
     * Looks a key up.
     *
     * @param mayWait whether a key that is not known may be waited for, at most 300 ms
     */
    Resolution resolve(KeyHash hash, boolean mayWait);

    /** The end user with an id; null where nobody has set limits for him. */
    @Nullable EndUser endUser(String id);

    /** The limits of the budget with an id; null if it is not known. */
    @Nullable Limits budget(String id);
}
