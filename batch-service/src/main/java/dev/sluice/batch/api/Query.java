package dev.sluice.batch.api;

import io.helidon.webserver.http.ServerRequest;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The parameters of a request. Unknown ones are nobody's business. */
record Query(ServerRequest request) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    /** A name as ours are; anything else names nothing. */
    static Optional<String> known(String id) {
        return ID.matcher(id).matches() ? Optional.of(id) : Optional.empty();
    }

    /** A parameter; null if it is not given or empty. */
    @Nullable String text(String name) {
        List<String> values = request.query().all(name, List::of);
        if (values.size() > 1) {
            throw Refused.invalidValue("'%s' is given twice.".formatted(name), name);
        }
        if (values.isEmpty() || values.getFirst().isEmpty()) {
            return null;
        }
        if (known(values.getFirst()).isEmpty()) {
            throw Refused.invalidValue("Invalid value for '%s'.".formatted(name), name);
        }
        return values.getFirst();
    }

    int number(String name, int usual, int least, int most) {
        String value = text(name);
        if (value == null) {
            return usual;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw Refused.invalidValue(
                "Invalid value for '%s': expected an integer from %d to %d."
                        .formatted(name, least, most),
                name);
    }
}
