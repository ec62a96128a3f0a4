package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.Endpoint;

import org.jspecify.annotations.Nullable;

import java.io.OutputStream;
import java.util.function.UnaryOperator;

/**
 * The wire that a caller speaks. The gateway works in OpenAI's; whoever speaks another is
 * translated at its edge, and all between knows nothing of it.
 */
interface CallerWire {

    /**
     * Who asks.
     *
     * @param tenant to whom belongs what he makes
     * @param groups the model group that he means by a name
     */
    record Asker(String tenant, UnaryOperator<String> groups) {}

    /** What a body asks for. */
    sealed interface Request {

        /**
         * The first {@code length} bytes are the request in OpenAI's wire.
         *
         * @param endpoint of OpenAI's that it is for
         * @param wire in which this one is answered
         * @param deploymentId the only one that can serve it, null for any of its group
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Understood(
                byte[] bytes,
                int length,
                Endpoint endpoint,
                CallerWire wire,
                @Nullable String deploymentId)
                implements Request {}

        /** It cannot be told in OpenAI's words. */
        record Refused(ApiError error) implements Request {}
    }

    /** A request in OpenAI's wire. */
    Request request(byte[] body, int length, Asker asker);

    /** The wire of what a deployment answers. */
    default CallerWire from(String deploymentId) {
        return this;
    }

    /** A plain answer, of OpenAI's. */
    byte[] answer(byte[] body);

    /** The body of an error, of OpenAI's. */
    byte[] error(int status, byte[] body);

    /**
     * Takes a stream of OpenAI's, each event whole in one write, and writes the caller's. Closing
     * it ends the stream well.
     */
    OutputStream stream(OutputStream out);

    /** OpenAI's own: everything passes as it is. */
    record OpenAi(Endpoint endpoint) implements CallerWire {

        @Override
        public Request request(byte[] body, int length, Asker asker) {
            return new Request.Understood(body, length, endpoint, this, null);
        }

        @Override
        public byte[] answer(byte[] body) {
            return body;
        }

        @Override
        public byte[] error(int status, byte[] body) {
            return body;
        }

        @Override
        public OutputStream stream(OutputStream out) {
            return out;
        }
    }
}
