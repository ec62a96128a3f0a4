package dev.sluice.ingress.accounts;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Account.Organization;
import dev.sluice.schemas.accounts.Account.Team;
import dev.sluice.schemas.accounts.Account.User;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

/**
 * A virtual key with all that it belongs to. What a key names is always there: a key whose team is
 * not known is never resolved.
 *
 * <p>The limits are the effective ones: an account's own, and its budget's where those say nothing.
 * They are {@link Limits#NONE} for what the key does not have.
 *
 * @param organization the key's own, else its team's
 * @param membership the user's in the team
 */
public record KeyAccounts(
        ApiKey key,
        @Nullable Team team,
        @Nullable User user,
        @Nullable Organization organization,
        @Nullable Membership membership,
        Limits keyLimits,
        Limits teamLimits,
        Limits userLimits,
        Limits organizationLimits) {

    public KeyAccounts {
        requireNonNull(key, "key is null");
    }

    /** The member's own limits within the team. */
    public Limits memberLimits() {
        return membership == null ? Limits.NONE : membership.limits();
    }
}
