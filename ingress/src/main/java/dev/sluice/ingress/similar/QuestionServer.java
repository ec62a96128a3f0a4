package dev.sluice.ingress.similar;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The server behind {@link RedisQuestions}: lists that grow at their end. */
interface QuestionServer extends AutoCloseable {

    /** The place before the first of a list. */
    Place BEGINNING = new Place(0, 0);

    /** A place in a list. */
    record Place(long millis, long number) {}

    /** What stands at a place. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Item(Place place, byte[] bytes) {}

    /**
     * Something to be appended.
     *
     * @param most how many the list keeps, about: the oldest go
     * @param lifetime of the whole list, from now on; one that lives longer is not shortened
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Addition(String name, byte[] bytes, int most, Duration lifetime) {}

    /** What a list has behind a place, in its order. */
    CompletableFuture<List<Item>> after(String name, Place place, int most);

    /** Appends, in one round trip. */
    CompletableFuture<?> add(List<Addition> additions);

    @Override
    void close();
}
