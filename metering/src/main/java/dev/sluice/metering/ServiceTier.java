package dev.sluice.metering;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** How fast a provider serves a call, where it asks different prices for that. */
public enum ServiceTier {
    STANDARD,
    /** Slower and cheaper. */
    FLEX,
    /** Faster and dearer. */
    PRIORITY,
    /** Within hours, as a line of the provider's own batch. */
    BATCH;

    private static final ServiceTier[] ALL = values();

    /**
     * The tier that an answer says it was served in ({@code service_tier}). What no price is made
     * for, such as {@code default} and {@code scale}, is standard.
     */
    public static ServiceTier ofAnswer(@Nullable String stated) {
        if (stated != null) {
            for (ServiceTier tier : ALL) {
                if (tier.name().equalsIgnoreCase(stated)) {
                    return tier;
                }
            }
        }
        return STANDARD;
    }

    /** The name in price files. */
    String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
