package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

/** One header line of an answer; the name as the upstream wrote it. */
public record Header(String name, String value) {

    public Header {
        requireNonNull(name, "name is null");
        requireNonNull(value, "value is null");
    }
}
