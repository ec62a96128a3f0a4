package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLEncoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the requests of one deployment go: origin, path and constant header lines, checked and
 * encoded once.
 *
 * <p>May hold a provider's key, so it prints its origin only.
 */
public final class UpstreamTarget {

    private final Origin origin;
    private final byte[] direct;
    private final byte[] throughProxy;

    private UpstreamTarget(Origin origin, byte[] direct, byte[] throughProxy) {
        this.origin = origin;
        this.direct = direct;
        this.throughProxy = throughProxy;
    }

    /**
     * Prepares a target.
     *
     * @param url the full URL of the endpoint, http or https, without user information
     * @param constantHeaders sent with each request; not those that belong to the connection or the
     *     body's length
     * @throws IllegalArgumentException for a URL or a header that cannot be sent; the message holds
     *     no header value
     */
    public static UpstreamTarget of(URI url, List<Map.Entry<String, String>> constantHeaders) {
        HeaderRules.check(constantHeaders);
        Origin origin = origin(url);
        String path = path(url);
        StringBuilder rest =
                new StringBuilder(" HTTP/1.1\r\nHost: ").append(origin.hostHeader()).append("\r\n");
        constantHeaders.forEach(header ->
                rest.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n"));
        return new UpstreamTarget(
                origin,
                (" " + path + rest).getBytes(ISO_8859_1),
                (" " + origin + path + rest).getBytes(ISO_8859_1));
    }

    /** The same with one segment more at the end of its path, such as the id of an object there. */
    public UpstreamTarget below(String segment) {
        String added = "/" + URLEncoder.encode(segment, UTF_8).replace("+", "%20");
        return new UpstreamTarget(
                origin, lengthened(direct, added), lengthened(throughProxy, added));
    }

    private static byte[] lengthened(byte[] head, String added) {
        String text = new String(head, ISO_8859_1);
        int end = text.indexOf(" HTTP/1.1\r\n");
        int query = text.indexOf('?');
        int at = query >= 0 && query < end ? query : end;
        return (text.substring(0, at) + added + text.substring(at)).getBytes(ISO_8859_1);
    }

    private static Origin origin(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        boolean secure = scheme.equals("https");
        if (!secure && !scheme.equals("http")) {
            throw new IllegalArgumentException(
                    "the scheme is \"" + scheme + "\", not http or https");
        }
        // Not getHost: it is null for names with an underscore, which container networks are fond
        // of.
        String authority = url.getRawAuthority();
        if (authority == null || authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException("the URL has no host, or has user information");
        }
        int bracket = authority.lastIndexOf(']');
        int colon = authority.indexOf(':', bracket + 1);
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String port = colon < 0 ? "" : authority.substring(colon + 1);
        if (!host.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '%')) {
            throw new IllegalArgumentException("the host is not plain ASCII");
        }
        return new Origin(
                secure,
                withoutBrackets(host.toLowerCase(Locale.ROOT)),
                port(port, secure ? 443 : 80));
    }

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    private static int port(String digits, int usual) {
        if (!digits.isEmpty()
                && (digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9'))) {
            throw new IllegalArgumentException("the port is not a number of at most five digits");
        }
        return digits.isEmpty() ? usual : Integer.parseInt(digits);
    }

    private static String path(URI url) {
        URI ascii = URI.create(url.toASCIIString());
        String path = ascii.getRawPath();
        String query = ascii.getRawQuery();
        return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
    }

    Origin origin() {
        return origin;
    }

    /**
     * What follows the method on a direct connection: path, version, Host and the constant lines.
     */
    byte[] direct() {
        return direct;
    }

    /** The same with the absolute URL, as a proxy for plain HTTP wants it. */
    byte[] throughProxy() {
        return throughProxy;
    }

    @Override
    public String toString() {
        return origin.toString();
    }
}
