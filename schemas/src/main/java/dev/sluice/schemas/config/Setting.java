package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/**
 * A text of the config that may stand for an environment variable. It is looked up by the service
 * that needs it, so that no part has to know the secrets of another.
 *
 * @param raw as written: {@code os.environ/NAME} or the value itself
 * @param file the file that it stands in
 * @param line counted from 1
 * @param assigned what the file's {@code environment_variables} say of the variable, which goes
 *     before the process environment; null if nothing
 */
public record Setting(String raw, String file, int line, @Nullable Secret assigned) {

    private static final String ENVIRONMENT = "os.environ/";

    public Setting {
        requireNonNull(raw, "raw is null");
    }

    /** A setting whose variable, if it names one, is the process environment's. */
    public Setting(String raw, String file, int line) {
        this(raw, file, line, null);
    }

    /** The variable that a text names, null for a plain text. */
    static @Nullable String variableOf(String text) {
        return text.startsWith(ENVIRONMENT) ? text.substring(ENVIRONMENT.length()) : null;
    }

    /** Whether it names a variable. */
    public boolean isVariable() {
        return variableOf(raw) != null;
    }

    /**
     * The value in an environment.
     *
     * @throws InvalidConfigException if it names a variable that is not set
     */
    public Secret in(UnaryOperator<String> environment) throws InvalidConfigException {
        String name = variableOf(raw);
        if (name == null) {
            return new Secret(raw);
        }
        String value = assigned == null ? environment.apply(name) : assigned.reveal();
        if (value == null || value.isEmpty()) {
            throw new InvalidConfigException(unset(raw, name));
        }
        return new Secret(value);
    }

    private Problem unset(String found, String name) {
        return new Problem(file, line, found, "the environment variable " + name + " to be set");
    }

    @Override
    public String toString() {
        return isVariable() ? raw : "***";
    }
}
