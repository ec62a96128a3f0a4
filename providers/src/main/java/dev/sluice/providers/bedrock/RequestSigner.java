package dev.sluice.providers.bedrock;

import java.net.URI;
import java.util.List;
import java.util.Map;

/** Proves to AWS who sends a request. */
@FunctionalInterface
public interface RequestSigner {

    /**
     * The headers that prove it, of a POST of JSON to this URL. It never waits for longer than it
     * takes to renew credentials that have expired.
     *
     * @throws NoCredentialsException if there are none now
     */
    List<Map.Entry<String, String>> sign(URI url, byte[] body) throws NoCredentialsException;

    /** There is nothing to sign with now. The message holds no secret. */
    final class NoCredentialsException extends Exception {

        private static final long serialVersionUID = 1;

        /** Says why. */
        public NoCredentialsException(String message) {
            super(message);
        }
    }
}
