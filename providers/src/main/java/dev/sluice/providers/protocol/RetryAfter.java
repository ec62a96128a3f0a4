package dev.sluice.providers.protocol;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** How long providers ask callers to wait. */
final class RetryAfter {

    private static final BigDecimal LONGEST = BigDecimal.valueOf(86_400);

    private RetryAfter() {}

    /**
     * {@code retry-after-ms}, or {@code retry-after} in seconds; its date form is rare and not
     * worth a wrong clock. Rounded up, at most a day, -1 without one.
     */
    static long seconds(HeaderLookup header) {
        String millis = header.value("retry-after-ms");
        return millis != null ? parse(millis, 3) : parse(header.value("retry-after"), 0);
    }

    private static long parse(@Nullable String text, int decimals) {
        if (text == null || text.length() > 20) {
            return -1;
        }
        try {
            BigDecimal seconds = new BigDecimal(text.trim()).movePointLeft(decimals);
            return seconds.max(BigDecimal.ZERO)
                    .min(LONGEST)
                    .setScale(0, RoundingMode.CEILING)
                    .longValueExact();
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
