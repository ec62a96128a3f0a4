package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;

import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/** From where calls may come: addresses, and ranges of them like {@code 10.0.0.0/8}. */
public final class AllowedAddresses {

    /** An IPv4 address in IPv6 has so many bits before its own; Java knows it as IPv4. */
    private static final int MAPPED_BITS = 96;

    private final List<Range> ranges;

    /**
     * Reads addresses and ranges.
     *
     * @param texts empty: calls may come from everywhere
     * @throws IllegalArgumentException if one of them is neither
     */
    public AllowedAddresses(List<String> texts) {
        ranges = texts.stream().map(Range::of).toList();
    }

    /**
     * Why a call is refused, or null.
     *
     * @param address null: nobody knows where it comes from
     */
    public @Nullable ApiError refusal(@Nullable InetAddress address) {
        boolean isAllowed =
                ranges.isEmpty()
                        || (address != null
                                && ranges.stream().anyMatch(range -> range.has(address)));
        return isAllowed ? null : AccessErrors.ADDRESS_DENIED;
    }

    /** The addresses that begin with the same bits as one of them. */
    private record Range(InetAddress address, int bits) {

        static Range of(String text) {
            int slash = text.indexOf('/');
            InetAddress address =
                    InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int most = address.getAddress().length * Byte.SIZE;
            if (slash < 0) {
                return new Range(address, most);
            }
            int bits = Integer.parseInt(text.substring(slash + 1));
            if (address instanceof Inet4Address && text.indexOf(':') >= 0) {
                bits -= MAPPED_BITS;
            }
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException("%s is no range".formatted(text));
            }
            return new Range(address, bits);
        }

        boolean has(InetAddress other) {
            byte[] own = address.getAddress();
            byte[] its = other.getAddress();
            if (own.length != its.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += Byte.SIZE) {
                int counted = Math.min(Byte.SIZE, bits - bit);
                int differing = (own[bit / Byte.SIZE] ^ its[bit / Byte.SIZE]) & 0xff;
                if (differing >>> (Byte.SIZE - counted) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
