package dev.sluice.spend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.Secret;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@code database_url} in JDBC's terms.
 *
 * @param jdbcUrl without user and password
 * @param poolSize connections at most: Prisma's {@code connection_limit}, else what the config says
 * @param poolTimeout how long is waited for one: {@code pool_timeout}, else what the config says
 * @param ignored names of the parameters that have no meaning here, to be told to the operator
 */
public record DatabaseUrl(
        String jdbcUrl,
        String user,
        Secret password,
        int poolSize,
        Duration poolTimeout,
        List<String> ignored) {

    private static final int USUAL_POOL_SIZE = 10;
    private static final int SMALLEST_POOL_SIZE = 2;
    private static final Duration USUAL_POOL_TIMEOUT = Duration.ofSeconds(5);
    private static final String JDBC = "jdbc:";
    private static final List<String> SCHEMES = List.of("postgresql://", "postgres://");

    /** Prisma's and libpq's names that the driver calls otherwise. */
    private static final Map<String, String> JDBC_NAMES =
            Map.of(
                    "schema", "currentSchema",
                    "connect_timeout", "connectTimeout",
                    "socket_timeout", "socketTimeout",
                    "application_name", "ApplicationName");

    /** What libpq and the driver call the same, and the driver's own that we pass on. */
    private static final List<String> SAME_NAMES =
            List.of(
                    "sslmode",
                    "sslrootcert",
                    "sslcert",
                    "sslkey",
                    "sslpassword",
                    "sslfactory",
                    "ssl",
                    "options",
                    "currentSchema",
                    "connectTimeout",
                    "socketTimeout",
                    "ApplicationName",
                    "targetServerType",
                    "loadBalanceHosts",
                    "tcpKeepAlive",
                    "channelBinding");

    public DatabaseUrl {
        requireNonNull(jdbcUrl, "jdbcUrl is null");
        requireNonNull(user, "user is null");
        requireNonNull(password, "password is null");
        requireNonNull(poolTimeout, "poolTimeout is null");
        ignored = List.copyOf(ignored);
    }

    /**
     * Reads {@code postgresql://user:password@host:5432/database?schema=...&connection_limit=...},
     * with {@code jdbc:} before it or not.
     *
     * @throws IllegalArgumentException if it is not of that form; the message never repeats it
     */
    public static DatabaseUrl parse(String url) {
        return parse(url, USUAL_POOL_SIZE, USUAL_POOL_TIMEOUT);
    }

    /**
     * The same with a pool that the URL may override.
     *
     * @param poolSize connections at most; less than 2 is taken as 2
     */
    public static DatabaseUrl parse(String url, int poolSize, Duration poolTimeout) {
        String rest = withoutScheme(url.strip());
        int question = rest.indexOf('?');
        String parameters = question < 0 ? "" : rest.substring(question + 1);
        String place = question < 0 ? rest : rest.substring(0, question);
        int at = place.lastIndexOf('@');
        String hosts = place.substring(at + 1);
        if (hosts.isEmpty() || hosts.startsWith("/")) {
            throw new IllegalArgumentException("database_url names no host");
        }
        var reading = new Reading(Math.max(SMALLEST_POOL_SIZE, poolSize), poolTimeout);
        reading.credentials(at < 0 ? "" : place.substring(0, at));
        for (String parameter : parameters.split("&", -1)) {
            reading.parameter(parameter);
        }
        return reading.result(hosts.contains("/") ? hosts : hosts + "/");
    }

    private static String withoutScheme(String url) {
        String plain = url.startsWith(JDBC) ? url.substring(JDBC.length()) : url;
        return SCHEMES.stream()
                .filter(plain::startsWith)
                .findFirst()
                .map(scheme -> plain.substring(scheme.length()))
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "database_url does not begin with postgresql://"));
    }

    /** What has been understood so far. */
    private static final class Reading {

        private final Map<String, String> known = new LinkedHashMap<>();
        private final List<String> ignored = new ArrayList<>();
        private String user = "";
        private String password = "";
        private int poolSize;
        private Duration poolTimeout;

        Reading(int poolSize, Duration poolTimeout) {
            this.poolSize = poolSize;
            this.poolTimeout = poolTimeout;
        }

        void credentials(String text) {
            int colon = text.indexOf(':');
            user = percentDecoded(colon < 0 ? text : text.substring(0, colon));
            password = colon < 0 ? "" : percentDecoded(text.substring(colon + 1));
        }

        void parameter(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                return;
            }
            String name = text.substring(0, equals);
            String value = percentDecoded(text.substring(equals + 1));
            switch (name) {
                case "user" -> user = value;
                case "password" -> password = value;
                case "connection_limit" ->
                        poolSize = Math.max(SMALLEST_POOL_SIZE, number(name, value));
                case "pool_timeout" -> poolTimeout = Duration.ofSeconds(number(name, value));
                // The driver never prepares on the server here, which is what PgBouncer needs.
                case "pgbouncer", "prepareThreshold" -> {}
                default -> pass(name, value);
            }
        }

        private void pass(String name, String value) {
            String jdbcName = JDBC_NAMES.getOrDefault(name, name);
            if (SAME_NAMES.contains(jdbcName)) {
                known.put(jdbcName, value);
            } else {
                ignored.add(name);
            }
        }

        private static int number(String name, String text) {
            try {
                return Integer.parseUnsignedInt(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " in database_url is not a number", e);
            }
        }

        DatabaseUrl result(String place) {
            var url = new StringBuilder(JDBC).append("postgresql://").append(place);
            char separator = '?';
            for (var parameter : known.entrySet()) {
                url.append(separator)
                        .append(parameter.getKey())
                        .append('=')
                        .append(URLEncoder.encode(parameter.getValue(), UTF_8));
                separator = '&';
            }
            return new DatabaseUrl(
                    url.toString(), user, new Secret(password), poolSize, poolTimeout, ignored);
        }

        /** Unlike in a form, a plus is a plus: passwords hold them. */
        private static String percentDecoded(String text) {
            try {
                return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "database_url has a percent sign that is no escape; write it as %25");
            }
        }
    }
}
