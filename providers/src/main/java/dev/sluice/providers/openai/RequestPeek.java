package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

/**
 * What the gateway must know of a request, read in one pass over its bytes.
 *
 * <p>Names are compared unescaped, and a name that matters may come only once: what is checked here
 * is what the provider will see. All else passes unread, but it must be JSON to its last byte.
 */
public sealed interface RequestPeek {

    /**
     * The request cannot be served: a 400 in OpenAI's format.
     *
     * @param message for the caller; it never repeats the body
     * @param param the field at fault, or null where the body as a whole is
     */
    record Malformed(String message, @Nullable String param) implements RequestPeek {}

    /**
     * A request that can be served.
     *
     * @param model the model group asked for, never empty
     * @param stream whether the answer shall come in events
     * @param includeUsage whether the caller asked for the usage event
     * @param user the end user as the caller names him
     * @param cache what the caller asks of the cache
     * @param wishes what the caller asks of the router
     * @param wantsSchema whether the answer shall be JSON of a schema ({@code response_format})
     * @param promptBytes the size of the prompt's JSON ({@code messages}, {@code prompt}, {@code
     *     input} or {@code documents}); 0 for a form
     * @param maxOutputTokens the caller's bound, or -1 without one
     * @param canonicalHash SHA-256 of the request without model, stream settings and cache
     *     controls; equal for equal requests however they are spelt. Null unless it was wanted, and
     *     for a request whose answer must not be given again: it asks for that, or does not say all
     *     that its answer follows from
     * @param inputs of a request for embeddings, which the hash then is without; null for others,
     *     and where there is no hash
     * @param splicePoints where {@link Splice} works
     */
    @SuppressWarnings("ArrayRecordComponent") // a request's facts are never compared
    record Facts(
            String model,
            boolean stream,
            boolean includeUsage,
            @Nullable String user,
            CacheControls cache,
            RouterWishes wishes,
            boolean wantsSchema,
            int promptBytes,
            long maxOutputTokens,
            byte @Nullable [] canonicalHash,
            @Nullable InputItems inputs,
            SplicePoints splicePoints)
            implements RequestPeek {

        /** The same with what is asked of the router in the body and elsewhere. */
        public Facts with(RouterWishes all) {
            return all.equals(wishes)
                    ? this
                    : new Facts(
                            model,
                            stream,
                            includeUsage,
                            user,
                            cache,
                            all,
                            wantsSchema,
                            promptBytes,
                            maxOutputTokens,
                            canonicalHash,
                            inputs,
                            splicePoints);
        }

        /** What the body has as a form; null for JSON. */
        public @Nullable FormBody form() {
            return splicePoints.form();
        }
    }

    /**
     * Reads the first {@code length} bytes of {@code body}.
     *
     * @param wantCanonicalHash costs about as much again as the reading
     */
    static RequestPeek of(Endpoint endpoint, byte[] body, int length, boolean wantCanonicalHash) {
        return RequestReader.read(endpoint, body, length, wantCanonicalHash, null);
    }

    /**
     * The same of a request whose model stands in its path.
     *
     * @param model goes before the body's, which may have none; null for the body's
     */
    static RequestPeek of(
            Endpoint endpoint,
            byte[] body,
            int length,
            boolean wantCanonicalHash,
            @Nullable String model) {
        return RequestReader.read(endpoint, body, length, wantCanonicalHash, model);
    }

    /**
     * Reads a form with a file from the first {@code length} bytes of {@code body}.
     *
     * @param contentType as the caller said it, null where he did not
     * @param wantCanonicalHash costs about as much again as the reading
     * @param model goes before the body's, which may have none; null for the body's
     */
    static RequestPeek ofForm(
            @Nullable String contentType,
            byte[] body,
            int length,
            boolean wantCanonicalHash,
            @Nullable String model) {
        return FormReader.read(contentType, body, length, wantCanonicalHash, model);
    }
}
