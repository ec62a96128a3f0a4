package dev.sluice.schemas.events;

/**
 * What an attempt used besides tokens, or where there are none: what such models are paid for.
 *
 * @param outputImages pictures made
 * @param outputImageTokens the part of {@link Usage#output} that is pictures
 * @param inputCharacters of a text that was read aloud
 * @param inputMillis of sound that was listened to
 * @param outputMillis of sound that was made
 * @param queries to a reranker, as its provider counts them
 */
public record Units(
        long outputImages,
        long outputImageTokens,
        long inputCharacters,
        long inputMillis,
        long outputMillis,
        long queries) {

    /** Nothing but tokens. */
    public static final Units NONE = new Units(0, 0, 0, 0, 0, 0);

    public Units {
        if ((outputImages
                        | outputImageTokens
                        | inputCharacters
                        | inputMillis
                        | outputMillis
                        | queries)
                < 0) {
            throw new IllegalArgumentException("a count of units is negative");
        }
    }

    /** Pictures, and the tokens that they are of; 0 where nobody said. */
    public static Units ofImages(long images, long tokens) {
        return new Units(images, tokens, 0, 0, 0, 0);
    }

    /** A text that is read aloud, and how long that takes. */
    public static Units ofSpeech(long characters, long outputMillis) {
        return new Units(0, 0, characters, 0, outputMillis, 0);
    }

    /** Sound that is listened to. */
    public static Units ofSound(long inputMillis) {
        return new Units(0, 0, 0, inputMillis, 0, 0);
    }

    /** Queries. */
    public static Units ofQueries(long queries) {
        return new Units(0, 0, 0, 0, 0, queries);
    }

    /** Whether there are none. */
    public boolean isNone() {
        return equals(NONE);
    }
}
