package dev.sluice.embedded;

/** A server could not be started; the message says why and, where there is one, quotes its log. */
public class StartFailedException extends RuntimeException {

    StartFailedException(String message) {
        super(message);
    }

    StartFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
