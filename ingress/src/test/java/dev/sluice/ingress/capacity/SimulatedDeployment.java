package dev.sluice.ingress.capacity;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A deployment with so many slots and a queue of its own, and callers who come at random, in
 * virtual time. Callers who are not let in wait outside.
 */
final class SimulatedDeployment {

    private static final int PROMPT = 12;

    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Deque<Call> inside = new ArrayDeque<>();
    private final Deque<Runnable> outside = new ArrayDeque<>();
    private final List<Double> limits = new ArrayList<>();
    private long nowNanos;
    private long eventNumber;
    private int busy;
    private double rate;
    private int arrivals;
    private int mostOutside;
    private int served;

    final AdaptiveConcurrency concurrency = new AdaptiveConcurrency(() -> nowNanos);
    int slots;
    double serviceSeconds = 1;

    /** The share of the service after which the first content comes. */
    double firstContent = 1;

    /** The spread of the logarithms of times. */
    double sigma;

    boolean refuses;

    private record Event(long atNanos, long number, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return atNanos != other.atNanos
                    ? Long.compare(atNanos, other.atNanos)
                    : Long.compare(number, other.number);
        }
    }

    private record Call(long sentNanos, int open, double seconds) {}

    SimulatedDeployment(int slots, long seed) {
        this.slots = slots;
        this.random = new SplittableRandom(seed);
        at(0, this::watch);
    }

    /** So many calls a second from now on. */
    void callers(double aSecond) {
        rate = aSecond;
        int mine = ++arrivals;
        at(0, () -> arrive(mine));
    }

    /** Lets time pass. */
    void pass(double seconds) {
        long untilNanos = nowNanos + nanos(seconds);
        while (!events.isEmpty() && events.peek().atNanos <= untilNanos) {
            Event event = events.poll();
            nowNanos = event.atNanos;
            event.what.run();
        }
        nowNanos = untilNanos;
    }

    /** Forgets what was counted. */
    void count() {
        limits.clear();
        mostOutside = outside.size();
        served = 0;
    }

    double meanLimit() {
        return limits.stream().mapToDouble(each -> each).average().orElse(0);
    }

    double leastLimit() {
        return limits.stream().mapToDouble(each -> each).min().orElse(0);
    }

    double largestLimit() {
        return limits.stream().mapToDouble(each -> each).max().orElse(0);
    }

    int mostOutside() {
        return mostOutside;
    }

    int served() {
        return served;
    }

    /** Nobody waits outside any more. */
    void sendAway() {
        outside.clear();
    }

    private void watch() {
        limits.add((double) concurrency.limit());
        mostOutside = Math.max(mostOutside, outside.size());
        at(0.1, this::watch);
    }

    private void arrive(int generation) {
        if (generation != arrivals || rate <= 0) {
            return;
        }
        outside.add(this::send);
        letIn();
        at(-Math.log(1 - random.nextDouble()) / rate, () -> arrive(generation));
    }

    private void letIn() {
        while (!outside.isEmpty() && concurrency.tryEnter()) {
            outside.poll().run();
        }
    }

    private void send() {
        var call =
                new Call(
                        nowNanos,
                        concurrency.open(),
                        serviceSeconds
                                * Math.exp(sigma * random.nextGaussian() - sigma * sigma / 2));
        if (refuses) {
            at(
                    0.05,
                    () -> {
                        concurrency.refused();
                        concurrency.leave();
                        letIn();
                    });
        } else {
            inside.add(call);
            serve();
        }
    }

    private void serve() {
        while (busy < slots && !inside.isEmpty()) {
            Call call = inside.poll();
            busy++;
            at(
                    call.seconds * firstContent,
                    () ->
                            concurrency.answered(
                                    TimeUnit.NANOSECONDS.toMicros(nowNanos - call.sentNanos),
                                    true,
                                    PROMPT,
                                    call.open));
            at(
                    call.seconds,
                    () -> {
                        busy--;
                        served++;
                        concurrency.leave();
                        serve();
                        letIn();
                    });
        }
    }

    private void at(double seconds, Runnable what) {
        events.add(new Event(nowNanos + nanos(seconds), ++eventNumber, what));
    }

    private static long nanos(double seconds) {
        return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
