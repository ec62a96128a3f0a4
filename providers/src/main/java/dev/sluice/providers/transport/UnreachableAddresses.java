package dev.sluice.providers.transport;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Addresses that could not be connected to of late. They are tried last, so that not every new
 * connection waits for a dead one first.
 */
final class UnreachableAddresses {

    private static final long MEMORY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int MOST = 1_024;

    /** By when it is forgotten. */
    private final ConcurrentMap<InetAddress, Long> until = new ConcurrentHashMap<>();

    /** A connection to it failed. */
    void add(InetAddress address) {
        long now = Monotonic.now();
        if (until.size() >= MOST) {
            until.values().removeIf(end -> now >= end);
        }
        if (until.size() < MOST) {
            until.put(address, now + MEMORY_NANOS);
        }
    }

    /** A connection to it succeeded. */
    void remove(InetAddress address) {
        if (!until.isEmpty()) {
            until.remove(address);
        }
    }

    /** The same addresses, those that could not be connected to of late last. */
    List<InetAddress> last(List<InetAddress> addresses, long now) {
        if (until.isEmpty() || addresses.size() < 2) {
            return addresses;
        }
        List<InetAddress> ordered = new ArrayList<>(addresses.size());
        List<InetAddress> failed = new ArrayList<>();
        for (InetAddress address : addresses) {
            Long end = until.get(address);
            (end == null || now >= end ? ordered : failed).add(address);
        }
        ordered.addAll(failed);
        return ordered;
    }
}
