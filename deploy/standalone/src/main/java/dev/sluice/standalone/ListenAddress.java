package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Where the gateway listens. Without a master key it is nobody's business but this machine's. */
final class ListenAddress {

    static final String LOOPBACK = "127.0.0.1";
    static final String EVERYWHERE = "0.0.0.0";

    private ListenAddress() {}

    /** The host to bind; {@code wanted} is null where the operator did not say. */
    static String choose(@Nullable String wanted, boolean hasMasterKey)
            throws CannotStartException {
        if (wanted == null) {
            return hasMasterKey ? EVERYWHERE : LOOPBACK;
        }
        if (!hasMasterKey && !isLoopback(wanted)) {
            throw new CannotStartException(
                    "--host %s would let everybody in: set general_settings.master_key or LITELLM_MASTER_KEY first"
                            .formatted(wanted));
        }
        return wanted;
    }

    /** What a client on this machine writes into a URL to reach the bound host. */
    static String reachable(String bound) {
        return switch (bound) {
            case EVERYWHERE, "::", "0:0:0:0:0:0:0:0" -> LOOPBACK;
            default -> bound.contains(":") ? "[" + bound + "]" : bound;
        };
    }

    /**
     * The HTTP server logs that it cannot listen, and goes on without: here that is a failure.
     *
     * @param wanted the port that was asked for
     * @param bound the port that the server says it has; not positive if it has none
     */
    static void require(String part, String host, int wanted, int bound)
            throws CannotStartException {
        if (bound <= 0) {
            throw new CannotStartException(
                    "%s cannot listen on %s:%d (%s): choose another port or address"
                            .formatted(part, host, wanted, whyNot(host, wanted)));
        }
    }

    private static String whyNot(String host, int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return "taken a moment ago";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static boolean isLoopback(String host) throws CannotStartException {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new CannotStartException("--host %s is no address".formatted(host), e);
        }
    }
}
