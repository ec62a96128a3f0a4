package dev.sluice.providers.transport;

/** Where the bytes of an answer come from. */
interface ResponseBody {

    /** Bytes that will come in all, -1 if not known. */
    long length();

    /** As {@link UpstreamResponse#read}; the length is at least 1. */
    int read(byte[] into, int offset, int length) throws UpstreamException;

    /** As {@link UpstreamResponse#close}. */
    void close();

    /** As {@link UpstreamResponse#cancel}. */
    void cancel();
}
