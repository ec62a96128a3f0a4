package dev.sluice.ingress.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEvent;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.util.List;

/**
 * Tells our own services by their credential, and on whose behalf they call. These headers mean
 * something on the internal listener only; on all others nobody reads them.
 */
final class ServiceCallers {

    private static final String SCHEME = "Bearer ";
    private static final int BATCH_ID_CHARACTERS_MAX = 64;
    private static final int LINE_DIGITS_MAX = 9;

    private final byte[] expected;

    /**
     * A call that is made for somebody.
     *
     * @param keyHash whose key, as the accounts name it
     * @param line of which batch; null for none
     */
    record OnBehalf(String keyHash, SpendEvent.@Nullable BatchLine line) {}

    ServiceCallers(Secret credential) {
        expected = credential.reveal().getBytes(UTF_8);
    }

    /** Who is meant; null for who does not show the credential, or names nobody. */
    @Nullable OnBehalf read(HeaderSource headers) {
        String shown = only(headers.all("authorization"));
        String keyHash = only(headers.all("x-sluice-on-behalf-of"));
        if (shown == null
                || keyHash == null
                || !shown.startsWith(SCHEME)
                || !MessageDigest.isEqual(
                        shown.substring(SCHEME.length()).getBytes(UTF_8), expected)) {
            return null;
        }
        return new OnBehalf(keyHash, line(headers));
    }

    private static SpendEvent.@Nullable BatchLine line(HeaderSource headers) {
        String batch = only(headers.all("x-sluice-batch"));
        String line = only(headers.all("x-sluice-batch-line"));
        return batch == null
                        || batch.isEmpty()
                        || batch.length() > BATCH_ID_CHARACTERS_MAX
                        || line == null
                        || line.isEmpty()
                        || line.length() > LINE_DIGITS_MAX
                        || !line.chars().allMatch(c -> c >= '0' && c <= '9')
                ? null
                : new SpendEvent.BatchLine(batch, Integer.parseInt(line));
    }

    private static @Nullable String only(List<String> values) {
        return values.size() == 1 ? values.getFirst() : null;
    }
}
