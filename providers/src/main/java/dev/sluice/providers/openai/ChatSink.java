package dev.sluice.providers.openai;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/**
 * Takes one chat answer piece by piece, in the order in which a provider tells it: the one language
 * into which adapters translate, for plain answers and streams alike.
 */
public interface ChatSink {

    /**
     * What is known before any output. Told at most once, first.
     *
     * @param id the provider's id of the answer, null where it has none
     * @param model the provider's own name of the model, null where it does not say
     */
    void begin(@Nullable String id, @Nullable String model);

    /** A piece of the answer's text. */
    void text(String piece);

    /** A piece of what the model thought. */
    void reasoning(String piece);

    /** A piece of a refusal. */
    void refusal(String piece);

    /**
     * A tool call begins.
     *
     * @param index counted from 0 within the answer
     * @param id the call's id, which its result must name
     */
    void toolCall(int index, String id, String name);

    /** A piece of the JSON text of a call's arguments. */
    void arguments(int index, String piece);

    /**
     * A top-level field of the message that OpenAI's wire does not know, such as {@code
     * thinking_blocks}, {@code annotations} or {@code provider_specific_fields}.
     *
     * @param json a value in JSON
     */
    void extension(String name, String json);

    /** Why the answer ended, in OpenAI's words. */
    void finish(String reason);

    /** How the provider says it served the call, such as {@code flex}; it decides the price. */
    default void serviceTier(String tier) {}

    /** What was used; the last word counts. */
    void usage(Usage usage);
}
