package dev.sluice.providers.protocol;

import org.jspecify.annotations.Nullable;

/** Finds a header of an answer by its name, in whatever case; null where it has none. */
@FunctionalInterface
public interface HeaderLookup {

    /** The value of the first header of that name. */
    @Nullable String value(String name);
}
