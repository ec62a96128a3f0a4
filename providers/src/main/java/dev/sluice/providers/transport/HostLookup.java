package dev.sluice.providers.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host name. Blocks, as long as it likes. */
@FunctionalInterface
interface HostLookup {

    /** All addresses, best first, at least one. */
    List<InetAddress> addresses(String host) throws UnknownHostException;

    /**
     * The resolver of the operating system, behind the JDK's cache: 30 s for what is known, 10 s
     * for what is not, unless the JVM was told otherwise.
     */
    static HostLookup system() {
        return host -> List.of(InetAddress.getAllByName(host));
    }
}
