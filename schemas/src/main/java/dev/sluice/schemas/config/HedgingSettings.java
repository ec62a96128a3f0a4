package dev.sluice.schemas.config;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * Whether a second deployment is asked while the first one keeps a stream's caller waiting.
 *
 * @param enabled the first to answer counts, the other one is cancelled, and both are booked
 * @param maxShare share of all streams that may be asked for twice; bursts of up to ten are let
 *     pass
 * @param minDelay the first deployment is given at least so long, however fast it usually is
 */
public record HedgingSettings(
        boolean enabled,
        @Key(min = "0", max = "1", standard = "0.05") BigDecimal maxShare,
        @Key(min = "0.001", standard = "0.2") Duration minDelay) {

    /** Off. */
    public static final HedgingSettings DEFAULTS = RecordBinder.standard(HedgingSettings.class);
}
