package dev.sluice.simulator;

/** A scenario that cannot be meant; the message says why. */
final class InvalidScenarioException extends Exception {

    InvalidScenarioException(String message) {
        super(message);
    }
}
