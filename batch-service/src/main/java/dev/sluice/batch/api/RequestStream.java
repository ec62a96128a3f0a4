package dev.sluice.batch.api;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request's body. The server says by exceptions of many kinds that it broke off: here by one. */
final class RequestStream extends FilterInputStream {

    RequestStream(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        try {
            return in.read(into, offset, length);
        } catch (RuntimeException e) {
            throw new IOException("the body broke off", e);
        }
    }
}
