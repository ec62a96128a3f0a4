package dev.sluice.providers.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamRequest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Requests as they cross the wire. */
final class Wire {

    private Wire() {}

    /** The head of a request to a server whose base it is told. */
    static String head(Function<String, Preparation.Ready> call) throws Exception {
        var seen = new CompletableFuture<String>();
        try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                var transport = new SocketTransport(TransportSettings.defaults())) {
            Thread.ofVirtual().start(() -> serve(listener, seen));
            Preparation.Ready ready = call.apply("http://127.0.0.1:" + listener.getLocalPort());
            Duration wait = Duration.ofSeconds(5);
            transport.send(
                    new UpstreamRequest(
                            "POST",
                            ready.target(),
                            ready.headers(),
                            ready.body(),
                            new Deadlines(wait, wait, wait, wait),
                            true));
            return seen.get(10, TimeUnit.SECONDS);
        }
    }

    private static void serve(ServerSocket listener, CompletableFuture<String> seen) {
        try (Socket socket = listener.accept()) {
            var head = new StringBuilder();
            byte[] some = new byte[4096];
            while (head.indexOf("\r\n\r\n") < 0) {
                int count = socket.getInputStream().read(some);
                if (count < 0) {
                    break;
                }
                head.append(new String(some, 0, count, ISO_8859_1));
            }
            seen.complete(head.toString());
        } catch (IOException e) {
            seen.completeExceptionally(e);
        }
    }
}
