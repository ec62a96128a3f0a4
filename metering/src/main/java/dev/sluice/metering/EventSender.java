package dev.sluice.metering;

import org.jspecify.annotations.Nullable;

/** Where the shipper's records go. */
public interface EventSender extends AutoCloseable {

    /** What became of one record; called once, on any thread. */
    @FunctionalInterface
    interface Acknowledgement {

        /** The record is safe, or it is not and {@code failure} says why. */
        void completed(@Nullable Exception failure);
    }

    /** Hands a record over. May block for a while, but not against an interrupt. */
    void send(byte[] key, byte[] value, Acknowledgement acknowledgement);

    /** Gives up what is not acknowledged; returns when nothing more will be. */
    @Override
    void close();
}
