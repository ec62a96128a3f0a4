package dev.sluice.metering;

import java.util.Locale;

/** What is paid for other than by the token. */
public enum PriceUnit {
    /** A second of what is heard, or of the time that a call takes. */
    INPUT_SECOND,
    OUTPUT_SECOND,
    INPUT_AUDIO_SECOND,
    INPUT_VIDEO_SECOND,
    OUTPUT_VIDEO_SECOND,
    INPUT_CHARACTER,
    OUTPUT_CHARACTER,
    INPUT_IMAGE,
    OUTPUT_IMAGE,
    INPUT_PIXEL,
    OUTPUT_PIXEL,
    /** A token of a picture that was made. */
    OUTPUT_IMAGE_TOKEN,
    /** A query to a reranker or a search engine. */
    QUERY,
    REQUEST,
    PAGE,
    ANNOTATED_PAGE,
    /** A web search that the model made, by the size of its context. */
    SEARCH_LOW,
    SEARCH_MEDIUM,
    SEARCH_HIGH,
    CODE_SESSION,
    CITATION_TOKEN,
    CACHED_AUDIO_TOKEN,
    CACHED_IMAGE_TOKEN,
    CACHE_WRITE_AUDIO_TOKEN;

    /** The name in price files. */
    String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
