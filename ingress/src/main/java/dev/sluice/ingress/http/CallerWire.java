package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;

import java.io.OutputStream;

/**
 * The wire that a caller speaks. The gateway works in OpenAI's; whoever speaks another is
 * translated at its edge, and all between knows nothing of it.
 */
interface CallerWire {

    /** OpenAI's own: everything passes as it is. */
    CallerWire OPENAI = new OpenAi();

    /** What a body asks for. */
    sealed interface Request {

        /**
         * The first {@code length} bytes are the request in OpenAI's wire.
         *
         * @param wire in which this one is answered
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Understood(byte[] bytes, int length, CallerWire wire) implements Request {}

        /** It cannot be told in OpenAI's words. */
        record Refused(ApiError error) implements Request {}
    }

    /** A request in OpenAI's wire. */
    Request request(byte[] body, int length);

    /** A plain answer, of OpenAI's. */
    byte[] answer(byte[] body);

    /** The body of an error, of OpenAI's. */
    byte[] error(int status, byte[] body);

    /**
     * Takes a stream of OpenAI's, each event whole in one write, and writes the caller's. Closing
     * it ends the stream well.
     */
    OutputStream stream(OutputStream out);

    /** Nothing to translate. */
    final class OpenAi implements CallerWire {

        private OpenAi() {}

        @Override
        public Request request(byte[] body, int length) {
            return new Request.Understood(body, length, this);
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
