package dev.sluice.spend.management;

import dev.sluice.spend.accounts.Shapes;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/** Calls that name several accounts at once. */
final class Bulk {

    private Bulk() {}

    /** The ids in a body, each once. */
    static List<String> ids(Body body, String name, int most) {
        List<String> ids =
                List.copyOf(new LinkedHashSet<>(Arrays.asList(body.required(name, Shapes.TEXTS))));
        if (ids.isEmpty() || ids.size() > most) {
            throw Refused.badRequest("%s: 1 to %d at a time.".formatted(name, most), name);
        }
        return ids;
    }
}
