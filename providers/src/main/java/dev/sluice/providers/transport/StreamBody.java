package dev.sluice.providers.transport;

import java.io.IOException;
import java.io.InputStream;

/** A body that some other library, or a test, brought. */
record StreamBody(InputStream stream) implements ResponseBody {

    @Override
    public long length() {
        return -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws UpstreamException {
        try {
            return stream.read(into, offset, length);
        } catch (UpstreamException e) {
            throw e;
        } catch (IOException e) {
            throw new TruncatedBodyException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException _) {
            // Nothing depends on it any more.
        }
    }

    @Override
    public void cancel() {
        close();
    }
}
