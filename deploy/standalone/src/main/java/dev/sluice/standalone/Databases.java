package dev.sluice.standalone;

import dev.sluice.schemas.config.GatewayConfig.GeneralSettings;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.Setting;
import dev.sluice.spend.DatabaseUrl;

import java.util.function.UnaryOperator;

/** The database that a config names. */
final class Databases {

    private Databases() {}

    /** Reads a {@code database_url}; a mistake is told without the URL, which holds a password. */
    static DatabaseUrl configured(
            Setting url, GeneralSettings general, UnaryOperator<String> environment)
            throws InvalidConfigException {
        try {
            return DatabaseUrl.parse(
                    url.in(environment).reveal(),
                    general.databaseConnectionPoolLimit(),
                    general.databaseConnectionTimeout());
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(
                    new Problem(
                            url.file(),
                            url.line(),
                            String.valueOf(e.getMessage()),
                            "postgresql://user:password@host:5432/database"));
        }
    }
}
