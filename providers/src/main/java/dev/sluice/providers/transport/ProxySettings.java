package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * A proxy for HTTP: asked to CONNECT for https, given the absolute URL for http.
 *
 * @param host of the proxy
 * @param port of the proxy
 * @param credentials "user:password" for Basic authentication, null for none
 * @param noProxy hosts that are reached directly: a host name or address, a domain (with or without
 *     a leading dot, its subdomains included), each also with ":port"; a range of addresses, such
 *     as 10.0.0.0/8, for hosts that are addresses; or "*" for all
 */
public record ProxySettings(
        String host, int port, @Nullable Secret credentials, List<String> noProxy) {

    public ProxySettings {
        requireNonNull(host, "host is null");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port is %d, not in [1, 65535]".formatted(port));
        }
        noProxy = noProxy.stream().map(entry -> entry.strip().toLowerCase(Locale.ROOT)).toList();
    }

    /** Whether connections to this origin go through the proxy. */
    boolean covers(Origin origin) {
        return noProxy.stream().noneMatch(entry -> matches(entry, origin));
    }

    private static String bare(String pattern) {
        if (pattern.startsWith("[") && pattern.endsWith("]")) {
            return pattern.substring(1, pattern.length() - 1);
        }
        return pattern.startsWith(".") ? pattern.substring(1) : pattern;
    }

    private static boolean matches(String entry, Origin origin) {
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return AddressRange.contains(entry, slash, origin.host());
        }
        String port = ":" + origin.port();
        String pattern =
                entry.endsWith(port) ? entry.substring(0, entry.length() - port.length()) : entry;
        String domain = bare(pattern);
        return pattern.equals("*")
                || (!domain.isEmpty()
                        && (origin.host().equals(domain) || origin.host().endsWith("." + domain)));
    }
}
