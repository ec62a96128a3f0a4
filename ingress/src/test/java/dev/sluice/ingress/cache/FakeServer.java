package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers, is silent, or refuses. */
final class FakeServer implements AnswerServer {

    enum Mood {
        WELL,
        SILENT,
        REFUSING
    }

    final Map<String, byte[]> values = new ConcurrentHashMap<>();
    final List<Integer> portions = new ArrayList<>();
    final AtomicInteger asked = new AtomicInteger();
    volatile Mood mood = Mood.WELL;

    @Override
    public void connect() throws ServerFailure {
        if (mood == Mood.REFUSING) {
            throw new ServerFailure("refused");
        }
    }

    @Override
    public CompletableFuture<List<byte @Nullable []>> find(List<String> names) {
        asked.incrementAndGet();
        List<byte @Nullable []> found = new ArrayList<>();
        names.forEach(name -> found.add(values.get(name)));
        return answer(found);
    }

    @Override
    public synchronized CompletableFuture<?> change(List<Change> changes) {
        portions.add(changes.size());
        if (mood == Mood.WELL) {
            for (Change change : changes) {
                byte[] value = change.value();
                if (value == null) {
                    values.remove(change.name());
                } else {
                    values.put(change.name(), value);
                }
            }
        }
        return answer(true);
    }

    private <T> CompletableFuture<T> answer(T answer) {
        return switch (mood) {
            case WELL -> CompletableFuture.completedFuture(answer);
            case SILENT -> new CompletableFuture<>();
            case REFUSING -> CompletableFuture.failedFuture(new ServerFailure("refused"));
        };
    }

    @Override
    public long sweep(String prefix) {
        int before = values.size();
        values.keySet().removeIf(name -> name.startsWith(prefix));
        return (long) before - values.size();
    }

    @Override
    public Map<String, Map<String, String>> information() {
        return Map.of();
    }

    @Override
    public void close() {}
}
