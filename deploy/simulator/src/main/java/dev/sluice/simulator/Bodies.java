package dev.sluice.simulator;

import io.helidon.webserver.http.ServerRequest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies, within a bound. */
final class Bodies {

    /** Up to here a declared length is believed before the bytes are there. */
    private static final int TRUSTED_BYTES = 64 << 10;

    private Bodies() {}

    /** The whole body; null if it is larger than {@code bytesMax}: then the connection must end. */
    static byte @Nullable [] read(ServerRequest request, int bytesMax) throws IOException {
        long declared = request.headers().contentLength().orElse(-1);
        InputStream in = request.content().inputStream();
        if (declared > bytesMax) {
            // Closing with bytes unread would reset the connection before the answer is read.
            in.readNBytes((int) Math.min(declared, bytesMax));
            return null;
        }
        if (declared >= 0 && declared <= TRUSTED_BYTES) {
            return in.readNBytes((int) declared);
        }
        byte[] body = in.readNBytes(bytesMax + 1);
        return body.length > bytesMax ? null : body;
    }
}
