package dev.sluice.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;

/**
 * Picks TCP ports that nobody listens on.
 *
 * <p>They lie below the ranges from which systems take the ports of outgoing connections: otherwise
 * any client could be given the port between the pick and the server's bind.
 */
public final class FreePort {

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int PICKS = 100;
    private static final int STARTS = 5;

    private FreePort() {}

    /**
     * A port on which nobody listens at this moment.
     *
     * @throws StartFailedException if a hundred random ports are all taken
     */
    public static int pick() {
        for (int pick = 0; pick < PICKS; pick++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new StartFailedException(
                "no free port found between %d and %d".formatted(LOWEST, HIGHEST));
    }

    static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Starts on the port asked for; for 0 on a free one, and on another if that is lost meanwhile.
     */
    static <T> T startOn(int port, IntFunction<T> start) {
        if (port != 0) {
            return start.apply(port);
        }
        for (int attempt = 1; attempt < STARTS; attempt++) {
            try {
                return start.apply(pick());
            } catch (PortTakenException _) {
                // the next pick is another one
            }
        }
        return start.apply(pick());
    }
}
