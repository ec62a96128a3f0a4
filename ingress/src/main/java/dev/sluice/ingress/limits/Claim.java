package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a call needs to be let in.
 *
 * @param scopes in the order in which they are checked; the first that has no room is named
 * @param tokens input and output
 * @param costPico picodollars
 */
public record Claim(List<Scope> scopes, Expected tokens, Expected costPico) {

    public Claim {
        scopes = List.copyOf(scopes);
        requireNonNull(tokens, "tokens is null");
        requireNonNull(costPico, "costPico is null");
    }

    /** A claim whose amounts are known. */
    public static Claim of(List<Scope> scopes, long tokens, long costPico) {
        return new Claim(scopes, Expected.exactly(tokens), Expected.exactly(costPico));
    }
}
