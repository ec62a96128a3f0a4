package dev.sluice.standalone;

/** A command line that cannot be understood. The message is one sentence for its author. */
final class MisuseException extends Exception {

    MisuseException(String message) {
        super(message, null, false, false);
    }
}
