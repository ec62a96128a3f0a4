package dev.sluice.ingress.similar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Lists in memory; it can be made to fail, and to be silent. */
final class FakeQuestionServer implements QuestionServer {

    private final Map<String, List<Item>> lists = new TreeMap<>();
    private long next = 1;
    private boolean failing;
    private boolean silent;
    private int asked;

    synchronized void isFailing(boolean is) {
        failing = is;
    }

    synchronized void isSilent(boolean is) {
        silent = is;
    }

    synchronized int asked() {
        return asked;
    }

    synchronized Map<String, List<Item>> lists() {
        return new TreeMap<>(lists);
    }

    @Override
    public synchronized CompletableFuture<List<Item>> after(String name, Place place, int most) {
        asked++;
        if (silent) {
            return new CompletableFuture<>();
        }
        if (failing) {
            return CompletableFuture.failedFuture(new IOException("away"));
        }
        return CompletableFuture.completedFuture(
                lists.getOrDefault(name, List.of()).stream()
                        .filter(item -> item.place().millis() > place.millis())
                        .limit(most)
                        .toList());
    }

    @Override
    public synchronized CompletableFuture<?> add(List<Addition> additions) {
        if (failing) {
            return CompletableFuture.failedFuture(new IOException("away"));
        }
        for (Addition addition : additions) {
            lists.computeIfAbsent(addition.name(), _ -> new ArrayList<>())
                    .add(new Item(new Place(next++, 0), addition.bytes()));
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
