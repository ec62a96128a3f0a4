package dev.sluice.schemas;

/** Bytes as they are. */
public final class RawCodec implements Codec<byte[]> {

    @Override
    public byte[] encode(byte[] record) {
        return record;
    }

    @Override
    public byte[] decode(byte[] bytes) {
        return bytes;
    }
}
