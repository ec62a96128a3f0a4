package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

/**
 * Where connections lead: what a pool is kept for.
 *
 * @param secure whether TLS is spoken
 * @param host a name in lower case or an IP address, without brackets
 */
record Origin(boolean secure, String host, int port) {

    Origin {
        requireNonNull(host, "host is null");
        if (host.isEmpty()) {
            throw new IllegalArgumentException("host is empty");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port is %d, not in [1, 65535]".formatted(port));
        }
    }

    /** As in a Host header: without the scheme's own port. */
    String hostHeader() {
        return port == (secure ? 443 : 80) ? bracketed() : authority();
    }

    /** Host and port, as CONNECT wants them. */
    String authority() {
        return bracketed() + ":" + port;
    }

    private String bracketed() {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    @Override
    public String toString() {
        return (secure ? "https://" : "http://") + hostHeader();
    }
}
