package dev.sluice.providers.openai;

import java.util.List;
import java.util.Optional;

/**
 * The two forms of one completion, chat or text: a plain answer and a stream of events. What was
 * stored in one form can answer a caller who wants the other.
 *
 * <p>Not for the hot path: it builds trees.
 */
public final class CompletionForms {

    private CompletionForms() {}

    /**
     * The plain answer that a recorded stream amounts to. Empty where there is none: the stream is
     * cut, reports an error, is no completion, or a choice has no {@code finish_reason}.
     */
    public static Optional<byte[]> toPlain(byte[] sse) {
        return StreamAssembler.assemble(sse);
    }

    /**
     * The events of a plain answer, {@code [DONE]} included, each with its blank line. Text comes
     * in words, or in tokens where the answer has their probabilities. Empty where the answer is no
     * completion.
     *
     * @param includeUsage adds the usage event, where the answer has usage
     */
    public static List<byte[]> toSse(byte[] plain, boolean includeUsage) {
        return StreamSplitter.split(plain, includeUsage);
    }
}
