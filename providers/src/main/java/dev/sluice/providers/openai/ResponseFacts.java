package dev.sluice.providers.openai;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/**
 * What a provider's answer reports: a whole one or one chunk of a stream.
 *
 * @param wellFormed whether it is a JSON object; without that all else is empty
 * @param id the provider's id of the answer
 * @param model the model as the provider names it
 * @param usage the tokens by disjoint class, or null where the provider does not say
 * @param hasChoices whether {@code choices} has an element
 * @param hasContent whether a choice brings any output: text, reasoning, a refusal, a tool call
 * @param finished whether a choice has a {@code finish_reason}, or a response its end
 * @param endsWell whether every choice says that it has ended by itself, or at its caller's bound
 * @param callsTools whether a choice has a tool call, or a call of a function
 * @param refuses whether the model refuses, or its provider withholds what it said
 * @param serviceTier how the provider says it served the call ({@code flex}, {@code priority}), or
 *     null
 * @param error the error that is there instead of, or after, an answer
 */
public record ResponseFacts(
        boolean wellFormed,
        @Nullable String id,
        @Nullable String model,
        @Nullable Usage usage,
        boolean hasChoices,
        boolean hasContent,
        boolean finished,
        boolean endsWell,
        boolean callsTools,
        boolean refuses,
        @Nullable String serviceTier,
        @Nullable ProviderError error) {

    /** Nothing that could be read. */
    public static final ResponseFacts MALFORMED =
            new ResponseFacts(
                    false, null, null, null, false, false, false, false, false, false, null, null);

    /**
     * An error as the provider words it.
     *
     * @param type such as {@code invalid_request_error}
     * @param code such as {@code context_length_exceeded}; a number comes as its text
     */
    public record ProviderError(@Nullable String type, @Nullable String code) {}

    /** Reads the first {@code length} bytes of an answer's body. */
    public static ResponseFacts of(byte[] body, int length) {
        return of(body, 0, length);
    }

    /** Reads the first {@code length} bytes of an answer's body of an endpoint. */
    public static ResponseFacts of(Endpoint endpoint, byte[] body, int length) {
        return of(endpoint, body, 0, length);
    }

    /** Reads the bytes from {@code start} to {@code end} of an endpoint's answer. */
    static ResponseFacts of(Endpoint endpoint, byte[] bytes, int start, int end) {
        return endpoint == Endpoint.RESPONSES
                ? ResponsesFacts.of(bytes, start, end)
                : of(bytes, start, end);
    }

    /** Reads the bytes from {@code start} to {@code end}. */
    static ResponseFacts of(byte[] bytes, int start, int end) {
        try {
            return new ResponseReader(new JsonCursor(bytes, start, end)).read();
        } catch (MalformedException e) {
            return MALFORMED;
        }
    }

    /** Whether it brings nothing but usage: a caller that did not ask for usage must not see it. */
    public boolean usageOnly() {
        return usage != null && !hasChoices && error == null;
    }
}
