package dev.sluice.providers.protocol;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/** How long providers ask callers to wait. */
final class RetryAfter {

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,15}(\\.[0-9]{1,15})?");
    private static final BigDecimal LONGEST = BigDecimal.valueOf(86_400);

    private RetryAfter() {}

    /**
     * {@code retry-after-ms}, or {@code retry-after} in seconds, also where Azure says 0 ms beside
     * it; its date form is rare and not worth a wrong clock. Rounded up, at most a day, -1 without
     * one.
     */
    static long seconds(HeaderLookup header) {
        long fine = parse(header.value("retry-after-ms"), 3);
        return fine > 0 ? fine : Math.max(fine, parse(header.value("retry-after"), 0));
    }

    private static long parse(@Nullable String text, int decimals) {
        // No exponents: rounding 1E-9999999 takes ten seconds.
        if (text == null || !NUMBER.matcher(text.trim()).matches()) {
            return -1;
        }
        return new BigDecimal(text.trim())
                .movePointLeft(decimals)
                .max(BigDecimal.ZERO)
                .min(LONGEST)
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }
}
