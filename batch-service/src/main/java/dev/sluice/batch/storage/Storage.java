package dev.sluice.batch.storage;

import java.io.IOException;
import java.io.InputStream;

/**
 * Named immutable bytes. A name is a file's id: letters, digits, {@code -} and {@code _}. Safe for
 * use by many threads.
 */
public interface Storage extends AutoCloseable {

    /**
     * Begins a new object, which nobody sees before it is {@linkplain Draft#keep kept}.
     *
     * @throws IOException if the store is away or full
     */
    Draft draft(String name) throws IOException;

    /**
     * Reads a part of an object.
     *
     * @param length bytes at most, -1 for all that follow
     * @throws java.nio.file.NoSuchFileException if there is none of that name
     * @throws IOException if the store is away
     */
    InputStream read(String name, long offset, long length) throws IOException;

    /**
     * Removes an object; without effect where there is none.
     *
     * @throws IOException if the store is away
     */
    void delete(String name) throws IOException;

    @Override
    void close();

    /** An object being written. Closed without being kept, it leaves nothing. */
    interface Draft extends AutoCloseable {

        /** Appends bytes. */
        void write(byte[] bytes, int offset, int length) throws IOException;

        /**
         * Makes the object durable and visible, in place of an older one of its name.
         *
         * @return its bytes
         */
        long keep() throws IOException;

        @Override
        void close();
    }
}
