package dev.sluice.semantics.encoding;

import java.time.Duration;

/**
 * Gives texts their vectors. The model of this module is one, a deployment that answers embeddings
 * may be another; vectors of different embedders are never compared.
 */
public interface Embedder extends AutoCloseable {

    /**
     * The vector of a text, or why there is none. Blocks for at most {@code within}; never throws
     * for anything that is in the text.
     */
    Encoding encode(String text, Duration within);

    /** Whether it can give vectors now; if not, it prepares itself in the background. */
    default boolean ready() {
        return true;
    }

    /** How many numbers a vector has. */
    int dimensions();

    @Override
    default void close() {}
}
