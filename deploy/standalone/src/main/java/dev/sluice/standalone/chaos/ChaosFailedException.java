package dev.sluice.standalone.chaos;

/** A run that could not come to its end, so that nothing is shown. */
public final class ChaosFailedException extends Exception {

    ChaosFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
