package dev.sluice.schemas.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * The Redis that ingresses share, wherever the file names it.
 *
 * @param url all in one; what stands beside it goes before it
 * @param host null if the URL, the cluster or the Sentinels say it
 * @param port null for 6379
 * @param username null for the default user
 * @param password null for none
 * @param ssl TLS
 * @param certificates how the server's certificate is checked
 * @param db number of the database, null for the URL's or 0
 * @param clusterNodes servers of a cluster; empty for a single server
 * @param sentinels the Sentinels; empty for none
 * @param sentinelMaster the master's name at the Sentinels
 * @param sentinelPassword what the Sentinels are shown
 * @param maxConnections bound of the pool, null for the client's
 */
public record RedisSettings(
        @Nullable Setting url,
        @Nullable Setting host,
        @Nullable Setting port,
        @Nullable Setting username,
        @Nullable Setting password,
        boolean ssl,
        Certificates certificates,
        @Nullable Integer db,
        List<RedisNode> clusterNodes,
        List<RedisNode> sentinels,
        @Nullable String sentinelMaster,
        @Nullable Setting sentinelPassword,
        @Nullable Integer maxConnections) {

    private static final int PORT = 6379;

    public RedisSettings {
        clusterNodes = List.copyOf(clusterNodes);
        sentinels = List.copyOf(sentinels);
    }

    /** What kind of servers the addresses are. */
    public enum Kind {
        SINGLE,
        CLUSTER,
        SENTINEL
    }

    /** How the certificate of a server is checked, where there is TLS. */
    public enum Certificates {
        /** It is trusted, and names the host. */
        STRICT,
        /** It is trusted, whomever it names. */
        ANY_HOST,
        /** Not at all. */
        UNCHECKED
    }

    /**
     * How to reach Redis, with everything looked up.
     *
     * @param addresses {@code redis://host:port}, or {@code rediss://} for TLS; without credentials
     * @param db its number; a cluster has only 0
     * @param sentinelMaster the master's name at the Sentinels, null without them
     * @param maxConnections bound of the pool, null for the client's
     */
    public record Connection(
            Kind kind,
            List<String> addresses,
            @Nullable Secret username,
            @Nullable Secret password,
            Certificates certificates,
            int db,
            @Nullable String sentinelMaster,
            @Nullable Secret sentinelPassword,
            @Nullable Integer maxConnections) {

        public Connection {
            addresses = List.copyOf(addresses);
        }

        /** One server without a password, at {@code redis://host:port}. */
        public static Connection at(URI address) {
            return new Connection(
                    Kind.SINGLE,
                    List.of(address.toString()),
                    null,
                    null,
                    Certificates.STRICT,
                    0,
                    null,
                    null,
                    null);
        }

        /** Whether any of it is behind TLS. */
        public boolean isEncrypted() {
            return addresses.stream().anyMatch(address -> address.startsWith("rediss:"));
        }
    }

    /**
     * Looks up everything that names a variable.
     *
     * @throws InvalidConfigException if a variable is not set, or holds no such thing
     */
    public Connection in(UnaryOperator<String> environment) throws InvalidConfigException {
        Secret user = lookUp(username, environment);
        Secret word = lookUp(password, environment);
        if (!clusterNodes.isEmpty()) {
            return new Connection(
                    Kind.CLUSTER,
                    addresses(clusterNodes, environment),
                    user,
                    word,
                    certificates,
                    0,
                    null,
                    null,
                    maxConnections);
        }
        int number = db == null ? 0 : db;
        if (!sentinels.isEmpty()) {
            return new Connection(
                    Kind.SENTINEL,
                    addresses(sentinels, environment),
                    user,
                    word,
                    certificates,
                    number,
                    sentinelMaster,
                    lookUp(sentinelPassword, environment),
                    maxConnections);
        }
        if (url != null) {
            return ofUrl(url, user, word, environment);
        }
        String name = host == null ? "localhost" : checked(host, TextRule.HOST, environment);
        return new Connection(
                Kind.SINGLE,
                List.of(address(ssl, name, port(port, environment))),
                user,
                word,
                certificates,
                number,
                null,
                null,
                maxConnections);
    }

    private Connection ofUrl(
            Setting setting,
            @Nullable Secret user,
            @Nullable Secret word,
            UnaryOperator<String> environment)
            throws InvalidConfigException {
        URI uri = URI.create(checked(setting, TextRule.REDIS_URL, environment));
        boolean tls = ssl || "rediss".equals(uri.getScheme().toLowerCase(Locale.ROOT));
        String[] credentials =
                uri.getRawUserInfo() == null
                        ? new String[] {"", ""}
                        : (uri.getRawUserInfo() + ":").split(":", 3);
        return new Connection(
                Kind.SINGLE,
                List.of(address(tls, uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort())),
                user != null ? user : decoded(credentials[0]),
                word != null ? word : decoded(credentials[1]),
                certificates,
                db != null ? db : databaseOf(uri),
                null,
                null,
                maxConnections);
    }

    private static @Nullable Secret decoded(String text) {
        if (text.isEmpty()) {
            return null;
        }
        return new Secret(URLDecoder.decode(text.replace("+", "%2B"), UTF_8));
    }

    private static int databaseOf(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        return path.matches("/[0-9]{1,6}") ? Integer.parseInt(path.substring(1)) : 0;
    }

    private List<String> addresses(List<RedisNode> nodes, UnaryOperator<String> environment)
            throws InvalidConfigException {
        List<String> addresses = new ArrayList<>();
        for (RedisNode node : nodes) {
            String name = checked(node.host(), TextRule.HOST, environment);
            addresses.add(address(ssl, name, port(node.port(), environment)));
        }
        return addresses;
    }

    private static int port(@Nullable Setting setting, UnaryOperator<String> environment)
            throws InvalidConfigException {
        return setting == null
                ? PORT
                : Integer.parseInt(checked(setting, TextRule.PORT, environment));
    }

    private static String address(boolean tls, String host, int port) {
        String literal = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        return "%s://%s:%d".formatted(tls ? "rediss" : "redis", literal, port);
    }

    private static @Nullable Secret lookUp(
            @Nullable Setting setting, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Secret value = setting == null ? null : setting.in(environment);
        // An empty variable is how many say that there is none.
        return value == null || value.reveal().isEmpty() ? null : value;
    }

    private static String checked(Setting setting, TextRule rule, UnaryOperator<String> environment)
            throws InvalidConfigException {
        String value = setting.in(environment).reveal();
        if (!rule.allows(value)) {
            throw new InvalidConfigException(
                    new Problem(
                            setting.file(),
                            setting.line(),
                            "another value of " + setting,
                            rule.expected()));
        }
        return value;
    }
}
