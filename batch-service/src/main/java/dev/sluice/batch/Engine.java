package dev.sluice.batch;

import dev.sluice.batch.storage.Storage;

/** What works batches off, once they are written down. Safe for use by many threads. */
public interface Engine extends AutoCloseable {

    /** Begins to work; called once, when the tables are there. */
    void start();

    /**
     * There may be something to do: a batch was created, or is to be cancelled. Returns at once.
     */
    void wake();

    /** Whether batches move on, as far as is known. */
    boolean ready();

    /** Hands on what it holds and stops; a few seconds at most. Also where it never started. */
    @Override
    void close();

    /** How one is made for a service. */
    interface Maker {

        /**
         * An engine that does nothing yet.
         *
         * @param database without tables yet; closed by the service, after the engine
         * @param storage the bytes of files; closed by the service, after the engine
         */
        Engine make(BatchDatabase database, Storage storage);
    }

    /** One that leaves every batch as it is. */
    Engine IDLE =
            new Engine() {
                @Override
                public void start() {}

                @Override
                public void wake() {}

                @Override
                public boolean ready() {
                    return true;
                }

                @Override
                public void close() {}
            };
}
