package dev.sluice.standalone.lab;

import java.time.Instant;
import java.time.InstantSource;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/** Events in the order of their virtual time, and of their making where that is the same. */
final class Simulation implements InstantSource, LongSupplier {

    /** The beginning of a minute, of an hour, of a day. */
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowMicros;
    private long made;

    private record Event(long atMicros, long number, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMicros, other.atMicros);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** Microseconds since the beginning. */
    long now() {
        return nowMicros;
    }

    void at(long micros, Runnable action) {
        events.add(new Event(Math.max(micros, nowMicros), made++, action));
    }

    void after(long micros, Runnable action) {
        at(nowMicros + micros, action);
    }

    /** Until nothing is left to happen, or that time is reached. */
    void run(long untilMicros) {
        while (!events.isEmpty() && events.peek().atMicros <= untilMicros) {
            Event event = events.poll();
            nowMicros = event.atMicros;
            event.action.run();
        }
    }

    @Override
    public Instant instant() {
        return BEGIN.plusNanos(nowMicros * 1000);
    }

    /** Monotonic nanoseconds. */
    @Override
    public long getAsLong() {
        return nowMicros * 1000;
    }
}
