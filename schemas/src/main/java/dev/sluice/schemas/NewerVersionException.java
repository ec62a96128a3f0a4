package dev.sluice.schemas;

/** A record of a newer schema version than this code knows: stop, rather than misread it. */
public final class NewerVersionException extends Exception {

    /** A record of version {@code found} where {@code known} is the newest that is understood. */
    public NewerVersionException(String type, int found, int known) {
        super("%s has version %d, the newest known is %d".formatted(type, found, known));
    }
}
