package dev.sluice.ingress.dispatch;

import dev.sluice.providers.transport.Header;
import dev.sluice.providers.transport.UpstreamResponse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What of a provider's headers may reach the caller. A list of what may pass, not of what may not:
 * cookies, addresses and account names of the operator stay here. Of lines with the same name the
 * last one passes.
 *
 * @param kept names in lower case; values of visible ASCII only
 */
public record ProviderHeaders(List<Header> kept) {

    /** None. */
    public static final ProviderHeaders NONE = new ProviderHeaders(List.of());

    private static final int LONGEST_VALUE = 256;
    private static final Set<String> ALLOWED =
            Set.of(
                    "x-request-id",
                    "request-id",
                    "openai-processing-ms",
                    "openai-version",
                    "x-ratelimit-limit-requests",
                    "x-ratelimit-limit-tokens",
                    "x-ratelimit-remaining-requests",
                    "x-ratelimit-remaining-tokens",
                    "x-ratelimit-reset-requests",
                    "x-ratelimit-reset-tokens");

    public ProviderHeaders {
        kept = List.copyOf(kept);
    }

    /** Those of an answer. */
    static ProviderHeaders of(UpstreamResponse response) {
        List<Header> kept = null;
        for (Header header : response.headers()) {
            if (mayBeAllowed(header.name())) {
                String name = header.name().toLowerCase(Locale.ROOT);
                if (ALLOWED.contains(name) && isHarmless(header.value())) {
                    kept = kept == null ? new ArrayList<>() : kept;
                    kept.removeIf(before -> before.name().equals(name));
                    kept.add(new Header(name, header.value()));
                }
            }
        }
        return kept == null ? NONE : new ProviderHeaders(kept);
    }

    /** Spares most headers the conversion to lower case. */
    private static boolean mayBeAllowed(String name) {
        return switch (name.isEmpty() ? ' ' : name.charAt(0)) {
            case 'x', 'X', 'r', 'R', 'o', 'O' -> true;
            default -> false;
        };
    }

    private static boolean isHarmless(String value) {
        return value.length() <= LONGEST_VALUE
                && !value.startsWith(" ")
                && value.chars().allMatch(c -> c >= ' ' && c < 127);
    }
}
