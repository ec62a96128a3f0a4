package dev.sluice.ingress.cache;

import dev.sluice.ingress.cache.CachedAnswer.Labels;
import dev.sluice.schemas.events.CacheEvent.Scope;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What was declared invalid, and until when: an answer that was asked for at that time or before is
 * not given again. Bounded, and never forgets: where there are too many declarations of a kind, the
 * older half become one for all answers.
 *
 * <p>Read without a lock; most answers are younger than every declaration, and told by one field.
 */
final class InvalidationTable {

    /** Declarations of one scope, at most. */
    static final int MOST = 20_000;

    private final int most;
    private final Map<Scope, Map<Object, Long>> byScope = new EnumMap<>(Scope.class);
    private volatile long all;
    private volatile long newest;

    /** Nothing is invalid. */
    InvalidationTable() {
        this(MOST);
    }

    InvalidationTable(int most) {
        this.most = most;
        this.all = Long.MIN_VALUE;
        this.newest = Long.MIN_VALUE;
        for (Scope scope : Scope.values()) {
            byScope.put(scope, new ConcurrentHashMap<>());
        }
    }

    /**
     * Declares answers invalid that were asked for until {@code atMillis}. An earlier time than a
     * known one changes nothing.
     *
     * @param value which of the scope; null for {@link Scope#ALL}
     */
    synchronized void declare(Scope scope, @Nullable String value, long atMillis) {
        if (scope == Scope.ALL || value == null) {
            all = Math.max(all, atMillis);
        } else {
            Map<Object, Long> known = of(scope);
            known.merge(name(scope, value), atMillis, Math::max);
            if (known.size() > most) {
                shorten(known);
            }
        }
        // Last: who reads a time before this one goes by it alone.
        newest = Math.max(newest, atMillis);
    }

    /** Keys of answers as such: they are looked for more often than declared. */
    private static Object name(Scope scope, String value) {
        AnswerKey key = scope == Scope.KEY ? AnswerKey.ofText(value) : null;
        return key == null ? value : key;
    }

    private void shorten(Map<Object, Long> known) {
        List<Map.Entry<Object, Long>> oldest =
                known.entrySet().stream()
                        .sorted(Comparator.comparingLong(Map.Entry::getValue))
                        .limit(Math.max(1, known.size() / 2))
                        .toList();
        all = Math.max(all, oldest.getLast().getValue());
        oldest.forEach(entry -> known.remove(entry.getKey()));
    }

    /** Whether an answer must not be given. */
    boolean isInvalid(AnswerKey key, CachedAnswer answer) {
        long asked = answer.askedAtMillis();
        if (asked > newest) {
            return false;
        }
        if (asked <= all || isInvalid(Scope.KEY, key, asked)) {
            return true;
        }
        Labels labels = answer.labels();
        if (isInvalid(Scope.MODEL, labels.modelGroup(), asked)
                || isInvalid(Scope.NAMESPACE, labels.namespace(), asked)) {
            return true;
        }
        for (String tag : labels.tags()) {
            if (isInvalid(Scope.TAG, tag, asked)) {
                return true;
            }
        }
        return false;
    }

    private boolean isInvalid(Scope scope, Object value, long asked) {
        Long until = of(scope).get(value);
        return until != null && asked <= until;
    }

    private Map<Object, Long> of(Scope scope) {
        return byScope.getOrDefault(scope, Map.of());
    }

    /** How many declarations of a scope are known one by one. */
    int size(Scope scope) {
        return of(scope).size();
    }
}
