package dev.sluice.metering;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** The classes of tokens that have a price of their own; each token of a usage is in one. */
enum TokenClass {
    INPUT(null),
    CACHED_READ(INPUT),
    CACHE_WRITE_5M(INPUT),
    CACHE_WRITE_1H(CACHE_WRITE_5M),
    OUTPUT(null),
    REASONING(OUTPUT),
    AUDIO_INPUT(INPUT),
    AUDIO_OUTPUT(OUTPUT),
    IMAGE(INPUT);

    private final @Nullable TokenClass pricedAs;

    TokenClass(@Nullable TokenClass pricedAs) {
        this.pricedAs = pricedAs;
    }

    /** The class whose price holds where this one has none; null where a price must be stated. */
    @Nullable TokenClass pricedAs() {
        return pricedAs;
    }

    /** The name in price files and in events. */
    String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }

    long tokens(Usage usage) {
        return switch (this) {
            case INPUT -> usage.input();
            case CACHED_READ -> usage.cachedRead();
            case CACHE_WRITE_5M -> usage.cacheWrite5m();
            case CACHE_WRITE_1H -> usage.cacheWrite1h();
            case OUTPUT -> usage.output();
            case REASONING -> usage.reasoning();
            case AUDIO_INPUT -> usage.audioInput();
            case AUDIO_OUTPUT -> usage.audioOutput();
            case IMAGE -> usage.image();
        };
    }
}
