package dev.sluice.ingress.capacity;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Who is next: fair between tenants, and within a tenant whose deadline comes first.
 *
 * <p>Start-time fair queueing: each tenant has a time of its own that goes on by what his calls
 * cost; whose time is the least is next. Who comes anew begins with the time of who was served
 * last, so that he waits for one service of anybody else's at most, and cannot save up either. Not
 * safe for use by several threads.
 */
final class FairOrder {

    /** So many tenants are remembered who do not wait, for what they had lately. */
    private static final int MOST_REMEMBERED = 1_000;

    private static final Comparator<Place> BY_DEADLINE =
            (a, b) ->
                    a.untilNanos() == b.untilNanos()
                            ? Long.compare(a.number(), b.number())
                            : Long.signum(a.untilNanos() - b.untilNanos());

    private final Map<String, Line> lines = new HashMap<>();
    private double time;
    private int size;
    private int tenants;

    private static final class Line {
        private final TreeSet<Place> places = new TreeSet<>(BY_DEADLINE);
        private double time;
    }

    int size() {
        return size;
    }

    /** How many calls will be served before another one of a tenant, as far as can be told. */
    int ahead(String tenant) {
        Line line = lines.get(tenant);
        int own = line == null ? 0 : line.places.size();
        int sharing = own == 0 ? tenants + 1 : tenants;
        return Math.min(size, (own + 1) * sharing - 1);
    }

    void add(Place place) {
        Line line = lines.computeIfAbsent(place.tenant(), _ -> new Line());
        if (line.places.isEmpty()) {
            line.time = Math.max(line.time, time);
            tenants++;
        }
        line.places.add(place);
        size++;
    }

    /** Who is next of those that are wanted; null for nobody. */
    @Nullable Place next(Predicate<Place> wanted) {
        Place next = null;
        double least = 0;
        for (Line line : lines.values()) {
            if (next != null && line.time > least) {
                continue;
            }
            Place first = first(line, wanted);
            if (first != null
                    && (next == null
                            || line.time < least
                            || BY_DEADLINE.compare(first, next) < 0)) {
                next = first;
                least = line.time;
            }
        }
        return next;
    }

    private static @Nullable Place first(Line line, Predicate<Place> wanted) {
        for (Place place : line.places) {
            if (wanted.test(place)) {
                return place;
            }
        }
        return null;
    }

    /** He has been served. */
    void served(Place place) {
        Line line = lines.get(place.tenant());
        if (line != null && line.places.contains(place)) {
            time = Math.max(time, line.time);
            line.time += place.cost();
            remove(place);
        }
    }

    /** He waits no more; false if he did not wait. */
    boolean remove(Place place) {
        Line line = lines.get(place.tenant());
        if (line == null || !line.places.remove(place)) {
            return false;
        }
        size--;
        if (line.places.isEmpty()) {
            tenants--;
            if (line.time <= time) {
                lines.remove(place.tenant());
            }
        }
        if (size == 0) {
            lines.clear();
            time = 0;
        } else if (lines.size() - tenants > MOST_REMEMBERED) {
            lines.values().removeIf(each -> each.places.isEmpty());
        }
        return true;
    }

    /** Adds where all of them would like to go. */
    void addWished(Collection<String> deployments) {
        forEach(place -> deployments.addAll(place.deployments()));
    }

    void forEach(Consumer<Place> each) {
        lines.values().forEach(line -> line.places.forEach(each));
    }
}
