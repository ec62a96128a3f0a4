package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The options of one verb. Written {@code --name value} or {@code --name=value}; hyphens and
 * underscores in names are the same, as LiteLLM's users write both.
 */
final class Options {

    private static final Set<String> FLAGS_OF_ALL = Set.of("debug", "detailed_debug");
    private static final Map<String, String> SHORT = Map.of("-c", "config");

    private final String verb;
    private final Map<String, String> values = new HashMap<>();

    private Options(String verb) {
        this.verb = verb;
    }

    /**
     * Reads the arguments after the verb.
     *
     * @param valued names that need a value
     * @param flags names that stand alone, besides those of every verb
     */
    static Options parse(String verb, List<String> arguments, Set<String> valued, Set<String> flags)
            throws MisuseException {
        var options = new Options(verb);
        Deque<String> rest = new ArrayDeque<>(arguments);
        while (!rest.isEmpty()) {
            options.take(rest, valued, flags);
        }
        return options;
    }

    private void take(Deque<String> rest, Set<String> valued, Set<String> flags)
            throws MisuseException {
        String written = rest.removeFirst();
        int equals = written.indexOf('=');
        String name = name(equals < 0 ? written : written.substring(0, equals));
        if (valued.contains(name)) {
            put(name, equals < 0 ? valueOf(name, rest) : written.substring(equals + 1));
        } else if (equals < 0 && (flags.contains(name) || FLAGS_OF_ALL.contains(name))) {
            put(name, "");
        } else {
            throw new MisuseException("%s does not know '%s'".formatted(verb, written));
        }
    }

    private static String name(String written) {
        if (written.startsWith("--")) {
            return written.substring(2).replace('-', '_');
        }
        return SHORT.getOrDefault(written, written);
    }

    private static String valueOf(String name, Deque<String> rest) throws MisuseException {
        String value = rest.pollFirst();
        if (value == null || value.startsWith("--")) {
            throw new MisuseException("--%s needs a value".formatted(name));
        }
        return value;
    }

    private void put(String name, String value) throws MisuseException {
        if (values.put(name, value) != null) {
            throw new MisuseException("--%s stands twice".formatted(name));
        }
    }

    boolean has(String flag) {
        return values.containsKey(flag);
    }

    @Nullable String text(String name) {
        return values.get(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    @Nullable Path path(String name) throws MisuseException {
        String value = values.get(name);
        return value == null ? null : path("--" + name, value);
    }

    /** A path as it was written, made absolute. */
    static Path path(String what, String written) throws MisuseException {
        try {
            return Path.of(written).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new MisuseException("%s '%s' is not a path".formatted(what, written));
        }
    }

    Path requiredPath(String name) throws MisuseException {
        Path path = path(name);
        if (path == null) {
            throw new MisuseException("%s needs --%s".formatted(verb, name));
        }
        return path;
    }

    /** A TCP port; 0 takes a free one. */
    int port(String name, int otherwise) throws MisuseException {
        return number(name, otherwise, 0, 65_535);
    }

    int number(String name, int otherwise, int min, int max) throws MisuseException {
        String value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through: both are the same mistake to its author.
        }
        throw new MisuseException(
                "--%s '%s' is not a whole number from %d to %d".formatted(name, value, min, max));
    }

    /** A number above 0 and at most 1; empty if it is not given. */
    OptionalDouble share(String name) throws MisuseException {
        String value = values.get(name);
        if (value == null) {
            return OptionalDouble.empty();
        }
        try {
            double share = Double.parseDouble(value);
            if (share > 0 && share <= 1) {
                return OptionalDouble.of(share);
            }
        } catch (NumberFormatException e) {
            // Falls through: both are the same mistake to its author.
        }
        throw new MisuseException("--%s '%s' is not above 0 and at most 1".formatted(name, value));
    }

    Verbosity verbosity() {
        return has("detailed_debug")
                ? Verbosity.DETAILED
                : has("debug") ? Verbosity.DEBUG : Verbosity.NORMAL;
    }
}
