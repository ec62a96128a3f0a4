package dev.sluice.schemas.config;

import dev.sluice.schemas.accounts.BudgetPeriod;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a text may have to be, and how to say so. */
enum TextRule {
    ANY("a text"),
    BUDGET_DURATION("a duration like 30s, 30m, 1h, 30d or 1mo"),
    HTTP_URL("an http or https URL"),
    REDIS_URL("a URL like redis://host:6379/0 or rediss://…"),
    PORT("a port from 1 to 65535"),
    HOST("a host name or address without scheme and port"),
    BOOTSTRAP("host:port, several with commas"),
    HEADER_NAME("the name of an HTTP header"),
    ADDRESS_RANGE("an IP address or a range like 10.0.0.0/8"),
    ROUTE("a path that begins with /, or the name of a group of routes"),
    CALL_TYPE("a call type or endpoint like completion, acompletion, embeddings, /v1/embeddings"),
    NAME("a text that is not blank");

    private static final int MAX_PORT = 65_535;

    private final String expected;

    TextRule(String expected) {
        this.expected = expected;
    }

    String expected() {
        return expected;
    }

    boolean allows(String text) {
        return switch (this) {
            case ANY -> true;
            case BUDGET_DURATION -> BudgetPeriod.isDuration(text);
            case HTTP_URL -> hasSchemeAndHost(text, Set.of("http", "https"));
            case REDIS_URL -> hasSchemeAndHost(text, Set.of("redis", "rediss"));
            case PORT -> isPort(text);
            case HOST -> isHost(text);
            case BOOTSTRAP -> isBootstrap(text);
            case HEADER_NAME -> Patterns.TOKEN.matcher(text).matches();
            case ADDRESS_RANGE -> isAddressRange(text);
            case ROUTE -> isRoute(text);
            case CALL_TYPE -> CallTypes.isKnown(text);
            case NAME -> !text.isBlank();
        };
    }

    private static boolean hasSchemeAndHost(String text, Set<String> schemes) {
        try {
            URI url = new URI(text);
            return url.getScheme() != null
                    && schemes.contains(url.getScheme().toLowerCase(Locale.ROOT))
                    && url.getHost() != null
                    && url.getPort() <= MAX_PORT;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isPort(String text) {
        return Patterns.PORT.matcher(text).matches() && Integer.parseInt(text) <= MAX_PORT;
    }

    private static boolean isHost(String text) {
        return Patterns.HOST.matcher(text).matches();
    }

    private static boolean isBootstrap(String text) {
        for (String server : text.split(",", -1)) {
            int colon = server.lastIndexOf(':');
            if (colon <= 0
                    || !isHost(server.substring(0, colon).strip())
                    || !isPort(server.substring(colon + 1).strip())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRoute(String text) {
        return text.startsWith("/") ? text.indexOf(' ') < 0 : Patterns.WORD.matcher(text).matches();
    }

    private static boolean isAddressRange(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        int bits = address.indexOf(':') < 0 ? 32 : 128;
        if (slash >= 0) {
            String prefix = text.substring(slash + 1);
            if (!Patterns.SHORT_NUMBER.matcher(prefix).matches()
                    || Integer.parseInt(prefix) > bits) {
                return false;
            }
        }
        return bits == 32 ? isIpv4(address) : isIpv6(address);
    }

    private static boolean isIpv4(String address) {
        String[] parts = address.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!Patterns.SHORT_NUMBER.matcher(part).matches() || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    /** A literal in brackets is never looked up by name. */
    private static boolean isIpv6(String address) {
        if (!Patterns.IPV6.matcher(address).matches()) {
            return false;
        }
        try {
            return java.net.InetAddress.ofLiteral(address).getAddress().length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Bounded, without backtracking. */
    private static final class Patterns {
        static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
        static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
        static final Pattern SHORT_NUMBER = Pattern.compile("[0-9]{1,3}");
        static final Pattern HOST =
                Pattern.compile("[0-9A-Za-z._-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}]|[0-9A-Fa-f:]{2,39}");
        static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
        static final Pattern WORD = Pattern.compile("[a-z0-9_]{1,64}");

        private Patterns() {}
    }
}
