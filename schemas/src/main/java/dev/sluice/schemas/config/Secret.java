package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

/** A text that never prints itself. */
public final class Secret {

    private final String value;

    /** Wraps a secret text. */
    public Secret(String value) {
        this.value = requireNonNull(value, "value is null");
    }

    /** The text itself, for the wire. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
