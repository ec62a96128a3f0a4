package dev.sluice.providers.transport;

import java.net.InetAddress;

/** Ranges of addresses, written as address, slash and number of leading bits. */
final class AddressRange {

    private AddressRange() {}

    /**
     * Whether a host is an address of a range; false for a name, and for what is no range.
     *
     * @param slash where it is in the range
     */
    static boolean contains(String range, int slash, String host) {
        try {
            byte[] network = InetAddress.ofLiteral(range.substring(0, slash)).getAddress();
            byte[] address = InetAddress.ofLiteral(host).getAddress();
            int bits = Integer.parseInt(range.substring(slash + 1));
            return network.length == address.length
                    && bits >= 0
                    && bits <= 8 * network.length
                    && agree(network, address, bits);
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean agree(byte[] network, byte[] address, int bits) {
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((network[bit / 8] & mask) != (address[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
