package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The proxies that the environment names, as Python's clients read it: {@code HTTP_PROXY}, {@code
 * HTTPS_PROXY}, for either {@code ALL_PROXY}, and {@code NO_PROXY}; each in lower case goes before
 * the same in capitals. This machine itself is never reached through a proxy.
 */
public final class ProxyEnvironment {

    private static final List<String> OURSELVES = List.of("localhost", "127.0.0.0/8", "::1");
    private static final int USUAL_PORT = 80;

    private final Function<String, ? extends @Nullable String> environment;
    private final List<String> direct;

    private ProxyEnvironment(
            Function<String, ? extends @Nullable String> environment, List<String> alwaysDirect) {
        this.environment = environment;
        this.direct = new ArrayList<>(OURSELVES);
        direct.addAll(alwaysDirect);
        String listed = value("no_proxy");
        if (listed != null) {
            for (String entry : listed.split(",", -1)) {
                direct.add(entry.strip());
            }
        }
    }

    /**
     * Reads an environment.
     *
     * @param environment null or empty for a variable that is not set
     * @param alwaysDirect hosts that are reached directly whatever {@code NO_PROXY} says
     * @throws IllegalArgumentException for a proxy that cannot be used; the message names the
     *     variable and never its value, which may hold a password
     */
    public static Proxies read(
            Function<String, ? extends @Nullable String> environment, List<String> alwaysDirect) {
        var read = new ProxyEnvironment(environment, alwaysDirect);
        return new Proxies(read.proxy("http_proxy"), read.proxy("https_proxy"));
    }

    private @Nullable String value(String name) {
        String lower = environment.apply(name);
        String value =
                lower == null || lower.isBlank()
                        ? environment.apply(name.toUpperCase(Locale.ROOT))
                        : lower;
        return value == null || value.isBlank() ? null : value.strip();
    }

    private @Nullable ProxySettings proxy(String variable) {
        String own = value(variable);
        if (own != null) {
            return settings(variable, own);
        }
        String all = value("all_proxy");
        return all == null ? null : settings("all_proxy", all);
    }

    private ProxySettings settings(String variable, String value) {
        URI uri;
        try {
            uri = new URI(value.contains("://") ? value : "http://" + value);
        } catch (URISyntaxException _) {
            throw unusable(variable, "is not a URL");
        }
        if (!"http".equalsIgnoreCase(uri.getScheme())) {
            throw unusable(
                    variable, "does not begin with http://, the only kind that is supported");
        }
        // Not getHost: it is null for names with an underscore, which container networks have.
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        String place = authority.substring(at + 1);
        int colon = place.indexOf(':', place.lastIndexOf(']') + 1);
        String host = colon < 0 ? place : place.substring(0, colon);
        if (host.isEmpty()) {
            throw unusable(variable, "has no host");
        }
        return new ProxySettings(
                host.startsWith("[") && host.endsWith("]")
                        ? host.substring(1, host.length() - 1)
                        : host,
                colon < 0 ? USUAL_PORT : port(variable, place.substring(colon + 1)),
                at < 0 ? null : credentials(variable, authority.substring(0, at)),
                direct);
    }

    private static int port(String variable, String digits) {
        int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 65_535) {
            throw unusable(variable, "has no valid port");
        }
        return port;
    }

    /** A user without a password has an empty one. */
    private static Secret credentials(String variable, String user) {
        String text = decoded(variable, user);
        return new Secret(user.indexOf(':') < 0 ? text + ":" : text);
    }

    private static String decoded(String variable, String user) {
        try {
            return URLDecoder.decode(user.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException _) {
            throw unusable(variable, "has malformed credentials");
        }
    }

    private static IllegalArgumentException unusable(String variable, String why) {
        return new IllegalArgumentException(
                "a proxy in the environment variable %s that %s"
                        .formatted(variable.toUpperCase(Locale.ROOT), why));
    }
}
