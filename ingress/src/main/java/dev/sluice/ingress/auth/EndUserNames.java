package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whom a call is for. As LiteLLM has it: by {@code x-litellm-customer-id} or {@code
 * x-litellm-end-user-id}, else by the operator's own header, else by {@code user} in the body. The
 * first name is the end user; all are known, so that no name hides another.
 */
public final class EndUserNames {

    private static final List<String> STANDARD =
            List.of("x-litellm-customer-id", "x-litellm-end-user-id");

    /** A name is written into the books with each attempt. */
    private static final int LONGEST = 512;

    private static final ApiError TOO_LONG =
            ApiError.invalidRequest(
                    "user is longer than %d characters.".formatted(LONGEST), "user");

    private final List<String> headers;

    /**
     * Reads LiteLLM's headers, and one more.
     *
     * @param own the operator's, or null
     */
    EndUserNames(@Nullable String own) {
        List<String> all = new ArrayList<>(STANDARD);
        if (own != null) {
            all.add(own.toLowerCase(Locale.ROOT));
        }
        this.headers = List.copyOf(all);
    }

    /** What a call says of its end user. */
    public sealed interface Named {}

    /**
     * The names, the one that counts first; empty if there is none.
     *
     * @param names without repetition
     */
    public record Known(List<String> names) implements Named {

        private static final Known NOBODY = new Known(List.of());

        public Known {
            names = List.copyOf(names);
        }

        /** Whose spend it is, and whose limits count. */
        public @Nullable String first() {
            return names.isEmpty() ? null : names.getFirst();
        }
    }

    /** No name that could be looked up or written down. */
    public record Refused(ApiError error) implements Named {}

    /** Reads the names of a call. */
    Named of(HeaderSource source, @Nullable String inBody) {
        // Most calls name one or none.
        List<String> names = List.of();
        for (String header : headers) {
            for (String value : source.all(header)) {
                // In a header other characters are told in more than one way: one would be a
                // disguise of the other.
                if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                    return new Refused(AccessErrors.notAscii(header));
                }
                if (!value.isBlank()) {
                    names = with(names, value.strip());
                }
            }
        }
        if (inBody != null) {
            names = with(names, inBody);
        }
        if (names.isEmpty()) {
            return Known.NOBODY;
        }
        boolean isLong = names.stream().anyMatch(name -> name.length() > LONGEST);
        return isLong ? new Refused(TOO_LONG) : new Known(names);
    }

    private static List<String> with(List<String> names, String name) {
        if (names.isEmpty()) {
            return List.of(name);
        }
        Set<String> all = new LinkedHashSet<>(names);
        all.add(name);
        return List.copyOf(all);
    }
}
