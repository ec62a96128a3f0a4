package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;

/**
 * The bytes of OpenAI's stream, made as they are asked for from a provider's events. At most one of
 * the provider's events is held.
 */
public final class ChatStream implements ByteSource {

    private final Step step;
    private final ChatChunks chunks;
    private byte[] ready = {};
    private int taken;
    private boolean hasEnded;
    private @Nullable IOException broken;

    /** Reads the provider's stream. */
    @FunctionalInterface
    public interface Step {

        /**
         * Waits for one event of the provider's and tells what it says.
         *
         * @return false once the answer is complete; then {@code [DONE]} follows. A provider that
         *     reports an error tells it by {@link ChatChunks#error} and throws {@link ErrorTold}
         * @throws IOException as the source does; {@link EOFException} if it ends too soon
         */
        boolean next(ChatChunks chunks) throws IOException;

        /** Whether {@link #next} need not wait, as far as can be told: a whole event is there. */
        default boolean isAtHand() {
            return false;
        }
    }

    /** The stream ends with the error that was told. */
    public static final class ErrorTold extends IOException {

        private static final long serialVersionUID = 1;

        /** No more to say. */
        public ErrorTold() {
            super("the provider reported an error");
        }
    }

    /** A stream that tells into {@code chunks}. */
    public ChatStream(ChatChunks chunks, Step step) {
        this.chunks = chunks;
        this.step = step;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (broken != null) {
            throw broken;
        }
        while (taken == ready.length) {
            if (hasEnded) {
                return -1;
            }
            advance();
        }
        int count = take(into, offset, length);
        // What has arrived goes out together: every read may become a flush to the caller.
        while (count < length && !hasEnded && step.isAtHand()) {
            try {
                advance();
            } catch (IOException e) {
                broken = e;
                return count;
            }
            count += take(into, offset + count, length - count);
        }
        return count;
    }

    private int take(byte[] into, int offset, int length) {
        int count = Math.min(length, ready.length - taken);
        System.arraycopy(ready, taken, into, offset, count);
        taken += count;
        return count;
    }

    private void advance() throws IOException {
        try {
            if (!step.next(chunks)) {
                chunks.done();
                hasEnded = true;
            }
        } catch (ErrorTold e) {
            hasEnded = true;
        }
        ready = chunks.take();
        taken = 0;
    }
}
