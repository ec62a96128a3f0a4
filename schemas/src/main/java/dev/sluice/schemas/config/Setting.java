package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import java.util.function.UnaryOperator;

/**
 * A text of the config that may stand for an environment variable. It is looked up by the service
 * that needs it, so that no part has to know the secrets of another.
 *
 * @param raw as written: {@code os.environ/NAME} or the value itself
 * @param file the file that it stands in
 * @param line counted from 1
 */
public record Setting(String raw, String file, int line) {

    private static final String ENVIRONMENT = "os.environ/";

    public Setting {
        requireNonNull(raw, "raw is null");
    }

    /**
     * The value in an environment.
     *
     * @throws InvalidConfigException if it names a variable that is not set
     */
    public Secret in(UnaryOperator<String> environment) throws InvalidConfigException {
        if (!raw.startsWith(ENVIRONMENT)) {
            return new Secret(raw);
        }
        String name = raw.substring(ENVIRONMENT.length());
        String value = environment.apply(name);
        if (value == null || value.isEmpty()) {
            throw new InvalidConfigException(
                    new InvalidConfigException.Problem(
                            file, line, raw, "the environment variable " + name + " to be set"));
        }
        return new Secret(value);
    }

    @Override
    public String toString() {
        return raw.startsWith(ENVIRONMENT) ? raw : "***";
    }
}
