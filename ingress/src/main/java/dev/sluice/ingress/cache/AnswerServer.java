package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The server behind {@link RedisAnswers}, by names and bytes. Nothing here blocks but what throws
 * {@link ServerFailure}; what else fails fails its future.
 */
interface AnswerServer extends AutoCloseable {

    /**
     * One change.
     *
     * @param value null for a removal
     * @param lifetimeMillis how long the server keeps it, above 0
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Change(String name, byte @Nullable [] value, long lifetimeMillis) {}

    /**
     * Connects, if it is not yet. Takes as long as it takes.
     *
     * @throws ServerFailure if it cannot
     */
    void connect() throws ServerFailure;

    /**
     * The values under some names in one round trip, in their order; null for none. Who cancels it
     * takes back the question, as far as it was not sent.
     */
    CompletableFuture<List<byte @Nullable []>> find(List<String> names);

    /**
     * Names that are spread over all servers, by which to tell whether they answer.
     *
     * @param prefix what they begin with
     */
    default List<String> probes(String prefix) {
        return List.of(prefix);
    }

    /** Makes changes in their order, in one round trip. */
    CompletableFuture<?> change(List<Change> changes);

    /**
     * Removes all names that begin so, in portions, with a pause between them.
     *
     * @return how many there were
     * @throws ServerFailure if it cannot go on
     */
    long sweep(String prefix) throws ServerFailure, InterruptedException;

    /**
     * What each server says of itself, by its address; without one where there is only one.
     *
     * @throws ServerFailure if it cannot be asked
     */
    Map<String, Map<String, String>> information() throws ServerFailure;

    @Override
    void close();

    /** A server cannot be asked. The message has no secrets. */
    final class ServerFailure extends Exception {

        private static final long serialVersionUID = 1;

        ServerFailure(String message) {
            super(message);
        }
    }
}
