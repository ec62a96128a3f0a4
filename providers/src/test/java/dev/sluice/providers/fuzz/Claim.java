package dev.sluice.providers.fuzz;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** What must hold of every input; checked millions of times, so without an assertion library. */
public final class Claim {

    private Claim() {}

    /** Both are equal. */
    public static void same(@Nullable Object actual, @Nullable Object expected, Object about) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(
                    about + ": expected\n  " + expected + "\nbut it is\n  " + actual);
        }
    }

    /** It is so. */
    public static void that(boolean holds, Object about) {
        if (!holds) {
            throw new AssertionError(about.toString());
        }
    }
}
