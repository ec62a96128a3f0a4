package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A server that answers, is silent, or refuses. */
final class FakeServer implements AnswerServer {

    enum Mood {
        WELL,
        SILENT,
        REFUSING,
        BROKEN
    }

    final Map<String, byte[]> values = new ConcurrentHashMap<>();
    final List<Integer> portions = new ArrayList<>();
    final AtomicInteger asked = new AtomicInteger();
    final List<CompletableFuture<?>> unanswered = new CopyOnWriteArrayList<>();
    volatile Mood mood = Mood.WELL;
    volatile List<String> probes = List.of("probe");

    /** A part of it that is silent: who asks for such a name is not answered. */
    volatile Predicate<String> silent = _ -> false;

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
        if (names.stream().anyMatch(silent)) {
            return unanswered();
        }
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
            case SILENT -> unanswered();
            case BROKEN -> throw new IllegalStateException("broken");
            case REFUSING -> CompletableFuture.failedFuture(new ServerFailure("refused"));
        };
    }

    private <T> CompletableFuture<T> unanswered() {
        var never = new CompletableFuture<T>();
        unanswered.add(never);
        return never;
    }

    @Override
    public List<String> probes(String prefix) {
        return probes;
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
