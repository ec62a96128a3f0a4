package dev.sluice.ingress.auth;

import org.jspecify.annotations.Nullable;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Where a call comes from, as far as it tells one caller from another. */
final class ClientAddress {

    private static final String FORWARDED = "x-forwarded-for";
    private static final int LONGEST_LITERAL = 45;

    private ClientAddress() {}

    /**
     * The caller's address: the connection's, or the last one of {@code X-Forwarded-For}, which the
     * nearest proxy wrote. What stands before it may be anybody's invention.
     */
    static InetAddress of(HeaderSource headers, InetAddress peer, boolean isForwarded) {
        InetAddress certain = certain(headers, peer, isForwarded);
        return certain == null ? peer : certain;
    }

    /**
     * The same, but null where a proxy wrote what cannot be read: its own address is not the
     * caller's.
     */
    static @Nullable InetAddress certain(
            HeaderSource headers, InetAddress peer, boolean isForwarded) {
        List<String> lines = isForwarded ? headers.all(FORWARDED) : List.of();
        if (lines.isEmpty()) {
            return peer;
        }
        String line = lines.getLast();
        String last = withoutPort(line.substring(line.lastIndexOf(',') + 1).strip());
        if (last.length() > LONGEST_LITERAL) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(last);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Some proxies write the port, too: {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String text) {
        int end = text.indexOf(']');
        if (text.startsWith("[") && end > 0) {
            return text.substring(1, end);
        }
        int colon = text.indexOf(':');
        return colon > 0 && text.indexOf(':', colon + 1) < 0 && text.indexOf('.') > 0
                ? text.substring(0, colon)
                : text;
    }

    /** One number a household: an IPv4 address, or the first 64 bits of an IPv6 address. */
    static long household(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(bytes).getLong()
                : ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL;
    }
}
