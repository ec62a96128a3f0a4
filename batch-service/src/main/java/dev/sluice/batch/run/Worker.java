package dev.sluice.batch.run;

import dev.sluice.batch.lines.BatchRequest;
import dev.sluice.batch.lines.InputCheck;
import dev.sluice.batch.lines.Line;
import dev.sluice.batch.lines.LineParser;
import dev.sluice.batch.lines.LineReader;
import dev.sluice.batch.lines.Portion;
import dev.sluice.batch.storage.Storage;

import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Calls the lines of the portions that this process has leased: one thread cuts them, each call has
 * a virtual thread of its own, {@link Pacing} says how many.
 */
final class Worker implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Worker.class);

    /** What a batch that nobody wants any more may still take to end its calls. */
    private static final Duration LAST_CALLS = Duration.ofMillis(800);

    /** What cannot be read, or not be called for a bug of ours, is not tried again at once. */
    private static final Duration UNREADABLE = Duration.ofSeconds(5);

    private final String name;
    private final Storage storage;
    private final Portions portions;
    private final LineCaller caller;
    private final Outcomes outcomes;
    private final Pacing pacing;
    private final InstantSource clock;
    private final BlockingQueue<LeasedPortion> leased = new LinkedBlockingQueue<>();
    private final Map<Long, Run> running = new ConcurrentHashMap<>();

    /** Batches of which a line has to wait: the others would be told the same. */
    private final Map<String, Instant> parked = new ConcurrentHashMap<>();

    private final AtomicInteger linesHeld = new AtomicInteger();
    private final Thread cutter;
    private volatile Set<String> stopped = Set.of();
    private volatile Set<String> spent = Set.of();

    Worker(
            String name,
            Storage storage,
            Portions portions,
            LineCaller caller,
            Outcomes outcomes,
            Pacing pacing,
            InstantSource clock) {
        this.name = name;
        this.storage = storage;
        this.portions = portions;
        this.caller = caller;
        this.outcomes = outcomes;
        this.pacing = pacing;
        this.clock = clock;
        this.cutter = Thread.ofPlatform().name("sluice-batch-lines").unstarted(this::run);
    }

    void start() {
        cutter.start();
    }

    /** Takes leased portions; the caller sees to it that they are not too many. */
    void take(List<LeasedPortion> more) {
        for (LeasedPortion portion : more) {
            linesHeld.addAndGet(portion.portion().lines());
            running.put(portion.id(), new Run(portion));
            leased.add(portion);
        }
    }

    /** Lines that it has and has not called to their end. */
    int linesHeld() {
        return linesHeld.get();
    }

    /** The batches that it has lines of. */
    Set<String> batches() {
        return running.values().stream()
                .map(run -> run.portion.batch())
                .collect(Collectors.toSet());
    }

    /**
     * Told now and then how batches stand.
     *
     * @param noMore batches of which no line is wanted any more
     * @param paidOut batches that may cost no more
     */
    void follow(Set<String> noMore, Set<String> paidOut) {
        stopped = Set.copyOf(noMore);
        parked.values().removeIf(until -> !until.isAfter(clock.instant()));
        spent = Set.copyOf(paidOut);
        for (Run run : running.values()) {
            if (noMore.contains(run.portion.batch())) {
                run.stop();
            }
        }
    }

    private void run() {
        try {
            while (true) {
                Run run = running.get(leased.take().id());
                if (run != null) {
                    begin(run);
                }
            }
        } catch (InterruptedException e) {
            // Closing: what is leased runs out, or is given back.
        }
    }

    private void begin(Run run) throws InterruptedException {
        LeasedPortion portion = run.portion;
        Duration waiting = waiting(portion.batch());
        if (waiting.isPositive()) {
            forget(run, waiting);
            return;
        }
        try {
            Set<Integer> done =
                    portions.done(portion.batch(), portion.portion().firstLine(), lastLine(run));
            List<Todo> todo = cut(portion, done);
            if (portion.isRepeated() && !todo.isEmpty()) {
                outcomes.repeated(portion.batch(), todo.size());
            }
            run.isBegun(todo.size());
            callEach(run, todo);
            if (todo.isEmpty()) {
                end(run);
            }
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException();
        } catch (IOException | DataAccessException e) {
            LOGGER.atWarn()
                    .addKeyValue("batch", portion.batch())
                    .setCause(e)
                    .log("lines cannot be read yet");
            forget(run, UNREADABLE);
        }
    }

    private void callEach(Run run, List<Todo> todo) throws InterruptedException {
        int begun = 0;
        try {
            for (Todo line : todo) {
                pacing.acquire();
                begun++;
                var _ = Thread.ofVirtual().name("sluice-batch-line").start(() -> call(run, line));
            }
        } catch (InterruptedException e) {
            // Closing: who comes calls the others, at once instead of when the lease has run out.
            run.dropped();
            if (run.areLast(todo.size() - begun)) {
                end(run);
            }
            throw e;
        }
    }

    /** The last line is not beyond as many lines as there are bytes. */
    private static int lastLine(Run run) {
        Portion place = run.portion.portion();
        return place.firstLine() + place.length();
    }

    /** A line that is to be called. */
    private record Todo(int number, Portion place, BatchRequest request) {}

    private List<Todo> cut(LeasedPortion portion, Set<Integer> done) throws IOException {
        List<Todo> todo = new ArrayList<>();
        var parser = new LineParser(portion.endpoint());
        Portion place = portion.portion();
        try (InputStream in = storage.read(portion.file(), place.offset(), place.length())) {
            var lines =
                    new LineReader(
                            in, InputCheck.LINE_BYTES_MAX, place.offset(), place.firstLine() - 1);
            for (Line line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()
                        && !done.contains(line.number())
                        && parser.parse(line) instanceof LineParser.Result.Valid(var request)) {
                    var own = new Portion(line.number(), 1, line.position(), line.length());
                    todo.add(new Todo(line.number(), own, request));
                }
            }
        }
        return todo;
    }

    private void call(Run run, Todo line) {
        try {
            CallOutcome outcome = outcome(run, line);
            switch (outcome) {
                case CallOutcome.Done done -> {
                    pacing.wentWell();
                    outcomes.done(run.portion.batch(), line.number(), done);
                }
                case CallOutcome.Again(var after, var counts, var mayHaveRun) -> {
                    pacing.wasTooMuch();
                    Instant until = clock.instant().plus(after);
                    if (!counts) {
                        parked.merge(run.portion.batch(), until, Worker::later);
                    }
                    run.again(
                            new Outcomes.Retry(
                                    line.place(),
                                    run.portion.tries() + (counts ? 1 : 0),
                                    run.portion.waits() + 1,
                                    until));
                    if (mayHaveRun) {
                        outcomes.repeated(run.portion.batch(), 1);
                    }
                }
                case CallOutcome.Parked(var after) -> {
                    pacing.ended();
                    run.again(
                            new Outcomes.Retry(
                                    line.place(),
                                    run.portion.tries(),
                                    run.portion.waits(),
                                    clock.instant().plus(after)));
                }
                case CallOutcome.Dropped() -> {
                    pacing.ended();
                    run.dropped();
                }
            }
            if (run.isLast()) {
                end(run);
            }
        } catch (RuntimeException e) {
            LOGGER.atError()
                    .addKeyValue("batch", run.portion.batch())
                    .setCause(e)
                    .log("a line could not be called");
            pacing.ended();
            run.dropped();
            if (run.isLast()) {
                forget(run, UNREADABLE);
            }
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** For how long no line of a batch need be called. */
    private Duration waiting(String batch) {
        Instant until = parked.get(batch);
        return until == null ? Duration.ZERO : Duration.between(clock.instant(), until);
    }

    private CallOutcome outcome(Run run, Todo line) {
        String batch = run.portion.batch();
        if (spent.contains(batch)) {
            return LineCaller.refused(
                    run.portion,
                    line.number(),
                    line.request(),
                    "spend_cap_reached",
                    "The batch has cost what it may cost.");
        }
        if (stopped.contains(batch)) {
            return new CallOutcome.Dropped();
        }
        Duration waiting = waiting(batch);
        if (waiting.isPositive()) {
            return new CallOutcome.Parked(waiting);
        }
        if (!run.enter()) {
            run.leave();
            return new CallOutcome.Dropped();
        }
        try {
            return caller.call(run.portion, line.number(), line.request());
        } finally {
            run.leave();
            // It was for the call; what came of it is still to be written down.
            Thread.interrupted();
        }
    }

    private void end(Run run) {
        if (running.remove(run.portion.id()) == null) {
            return;
        }
        linesHeld.addAndGet(-run.portion.portion().lines());
        if (run.isDropped()) {
            outcomes.givenBack(run.portion);
        } else {
            outcomes.ended(run.portion, run.retries());
        }
    }

    /** Leaves a portion to whoever comes; lines of it that have an outcome keep it. */
    private void forget(Run run, Duration later) {
        if (running.remove(run.portion.id()) == null) {
            return;
        }
        linesHeld.addAndGet(-run.portion.portion().lines());
        try {
            portions.giveBack(name, List.of(run.portion.id()), later);
        } catch (DataAccessException e) {
            LOGGER.atWarn().setCause(e).log("a portion is left to run out");
        }
    }

    /** Ends the calls under way; what was not begun is given back. */
    @Override
    public void close() {
        cutter.interrupt();
        Collection<Run> left = List.copyOf(running.values());
        left.forEach(Run::stop);
        List<Long> untouched =
                left.stream().filter(run -> !run.wasBegun()).map(run -> run.portion.id()).toList();
        try {
            cutter.join();
            awaitLastCalls();
            if (!untouched.isEmpty()) {
                portions.giveBack(name, untouched);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException e) {
            LOGGER.atWarn().setCause(e).log("portions are left to run out");
        }
    }

    private void awaitLastCalls() throws InterruptedException {
        long until = System.nanoTime() + LAST_CALLS.toNanos() * 2;
        while (running.values().stream().anyMatch(Run::wasBegun) && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** A portion whose lines are being called. */
    private static final class Run {

        private final LeasedPortion portion;
        private final AtomicInteger open = new AtomicInteger(Integer.MAX_VALUE);
        private final List<Outcomes.Retry> retries = new ArrayList<>();
        private final Set<Thread> calling = ConcurrentHashMap.newKeySet();
        private volatile boolean isStopped;
        private volatile boolean isDropped;
        private volatile boolean isBegun;

        Run(LeasedPortion portion) {
            this.portion = portion;
        }

        void isBegun(int lines) {
            open.set(lines);
            isBegun = true;
        }

        boolean wasBegun() {
            return isBegun;
        }

        synchronized void again(Outcomes.Retry retry) {
            retries.add(retry);
        }

        synchronized List<Outcomes.Retry> retries() {
            return List.copyOf(retries);
        }

        boolean isLast() {
            return areLast(1);
        }

        boolean areLast(int lines) {
            return open.addAndGet(-lines) == 0;
        }

        void dropped() {
            isDropped = true;
        }

        boolean isDropped() {
            return isDropped;
        }

        boolean enter() {
            calling.add(Thread.currentThread());
            return !isStopped;
        }

        void leave() {
            calling.remove(Thread.currentThread());
        }

        /** Lets calls under way end for a moment, then ends them. */
        void stop() {
            if (isStopped) {
                return;
            }
            isStopped = true;
            var _ =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    TimeUnit.NANOSECONDS.sleep(LAST_CALLS.toNanos());
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                                calling.forEach(Thread::interrupt);
                            });
        }
    }
}
