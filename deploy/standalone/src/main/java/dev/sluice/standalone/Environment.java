package dev.sluice.standalone;

import java.util.Map;
import java.util.function.UnaryOperator;

/** Environment variables as the config sees them: by name, null where one is not set. */
final class Environment {

    private Environment() {}

    static UnaryOperator<String> ofProcess() {
        return overlaid(Map.of());
    }

    /** The process' environment with some variables set otherwise. */
    @SuppressWarnings("NullAway") // What a missing variable is, is said by whoever asks for it.
    static UnaryOperator<String> overlaid(Map<String, String> variables) {
        return name -> variables.containsKey(name) ? variables.get(name) : System.getenv(name);
    }
}
