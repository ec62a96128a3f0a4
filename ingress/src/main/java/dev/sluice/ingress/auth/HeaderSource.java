package dev.sluice.ingress.auth;

import java.util.List;

/** The headers of one request. */
@FunctionalInterface
public interface HeaderSource {

    /** The values of all lines with a name, in order; the name is in lower case. */
    List<String> all(String name);
}
