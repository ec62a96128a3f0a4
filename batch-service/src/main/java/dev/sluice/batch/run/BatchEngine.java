package dev.sluice.batch.run;

import dev.sluice.batch.BatchDatabase;
import dev.sluice.batch.BatchServiceSettings;
import dev.sluice.batch.Engine;
import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.storage.Storage;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.events.BatchPointer;

import io.micrometer.core.instrument.MeterRegistry;

import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Carries batches out: validates new ones, hands out their lines, calls those that come to this
 * process, and writes the files. Any number of processes may do so over one database; each part of
 * the work is one process' at a time, by a lease that runs out when it dies.
 */
public final class BatchEngine implements Engine {

    private static final Logger LOGGER = LoggerFactory.getLogger(BatchEngine.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration IDLE_TICK = Duration.ofMillis(500);
    private static final Duration RENEW_EVERY = Duration.ofSeconds(8);
    private static final Duration LOOK_EVERY = Duration.ofMillis(400);
    private static final Duration REAP_EVERY = Duration.ofSeconds(5);
    private static final Duration HOLD_EVERY = Duration.ofSeconds(1);
    private static final Duration TELL_EVERY = Duration.ofSeconds(1);
    private static final Duration SCHEDULER = Duration.ofSeconds(5);
    private static final int FILES_AT_ONCE = 2;

    private final String name = UUID.randomUUID().toString();
    private final UpstreamTransport transport;
    private final int linesMax;
    private final Portions portions;
    private final Scheduling scheduling;
    private final Duties duties;
    private final Validation validation;
    private final Finishing finishing;
    private final Outcomes outcomes;
    private final Pacing pacing;
    private final Worker worker;
    private final Pointers pointers;
    private final Progress progress;
    private final Semaphore wakes = new Semaphore(0);
    private final Semaphore files = new Semaphore(FILES_AT_ONCE);
    private final ExecutorService fileWork = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticking;
    private long renewedAt;
    private long lookedAt;
    private long reapedAt;
    private long toldAt;
    private long heldAt;
    private boolean isScheduler;
    private boolean isBusy;
    private volatile boolean isClosing;
    private volatile boolean isWorking;
    private boolean isStarted;

    /**
     * An engine that does nothing yet.
     *
     * @param transport to the ingress; closed with the engine
     */
    public BatchEngine(
            BatchServiceSettings settings,
            DSLContext sql,
            Storage storage,
            UpstreamTransport transport,
            InstantSource clock,
            MeterRegistry metrics) {
        BatchServiceSettings.Limits limits = settings.limits();
        this.transport = transport;
        this.linesMax = limits.concurrency() * 4;
        this.portions = new Portions(sql);
        this.scheduling = new Scheduling(sql, limits.ahead());
        this.duties = new Duties(sql, name);
        this.validation =
                new Validation(sql, storage, limits.inputBytes(), limits.inputLines(), clock);
        this.finishing = new Finishing(sql, storage, clock);
        this.outcomes = new Outcomes(sql, name);
        this.pacing = new Pacing(limits.concurrency(), System::nanoTime);
        this.worker =
                new Worker(
                        name,
                        storage,
                        portions,
                        new LineCaller(
                                transport,
                                settings.ingress(),
                                settings.credential(),
                                pacing::headroom),
                        outcomes,
                        pacing,
                        clock);
        this.pointers =
                new Pointers(settings.kafka(), () -> worker.linesHeld() < linesMax, this::taken);
        this.progress = new Progress(pointers::tell, clock);
        this.ticking = Thread.ofPlatform().name("sluice-batch-engine").unstarted(this::run);
        metrics.gauge("sluice_batch_lines_in_flight", pacing, Pacing::inFlight);
        metrics.gauge("sluice_batch_concurrency_limit", pacing, Pacing::limit);
        metrics.gauge("sluice_batch_lines_held", worker, Worker::linesHeld);
    }

    /** An engine with connections of its own to the ingress. */
    public static BatchEngine of(
            BatchServiceSettings settings,
            BatchDatabase database,
            Storage storage,
            MeterRegistry metrics) {
        return new BatchEngine(
                settings,
                database.sql(),
                storage,
                new SocketTransport(TransportSettings.defaults()),
                InstantSource.system(),
                metrics);
    }

    /** Begins, on tables that are there; Kafka may be away. */
    @Override
    public synchronized void start() {
        if (isClosing) {
            return;
        }
        isStarted = true;
        outcomes.start();
        worker.start();
        pointers.start();
        ticking.start();
    }

    /** Something has changed: a batch was made, or is to end. */
    @Override
    public void wake() {
        wakes.release();
    }

    /** Whether lines are handed out and called, as far as is known. */
    @Override
    public boolean ready() {
        return isWorking && pointers.isReading();
    }

    private void run() {
        try {
            while (!isClosing) {
                Duration rest = isBusy ? TICK : IDLE_TICK;
                var _ = wakes.tryAcquire(rest.toNanos(), TimeUnit.NANOSECONDS);
                wakes.drainPermits();
                tick();
            }
        } catch (InterruptedException e) {
            // Closing.
        }
    }

    private void tick() throws InterruptedException {
        try {
            renew();
            look();
            takeOnFiles();
            if (isScheduler()) {
                schedule();
            }
            isWorking = true;
        } catch (DataAccessException e) {
            isWorking = false;
            LOGGER.atWarn().setCause(e).log("batches cannot be looked after at the moment");
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
        } catch (RuntimeException e) {
            isWorking = false;
            LOGGER.atError().setCause(e).log("batches are not looked after");
            TimeUnit.SECONDS.sleep(1);
        }
    }

    /** The duty is held for five seconds and asked for every second. */
    private boolean isScheduler() {
        if (isDue(heldAt, HOLD_EVERY)) {
            heldAt = System.nanoTime();
            isScheduler = duties.hold("schedule", SCHEDULER);
        }
        return isScheduler;
    }

    private void renew() {
        if (isDue(renewedAt, RENEW_EVERY)) {
            portions.renew(name);
            renewedAt = System.nanoTime();
        }
    }

    private static boolean isDue(long at, Duration every) {
        return at == 0 || System.nanoTime() - at >= every.toNanos();
    }

    /** Tells the worker what has become of the batches that it has lines of. */
    private void look() {
        Set<String> own = worker.batches();
        if (own.isEmpty() || !isDue(lookedAt, LOOK_EVERY)) {
            return;
        }
        lookedAt = System.nanoTime();
        Map<String, Batch> standing = scheduling.standing(own);
        Set<String> unwanted =
                own.stream()
                        .filter(id -> {
                            Batch batch = standing.get(id);
                            return batch == null || !Scheduling.isWanted(batch);
                        })
                        .collect(Collectors.toSet());
        Set<String> paidOut =
                standing.values().stream()
                        .filter(BatchEngine::isPaidOut)
                        .map(Batch::id)
                        .collect(Collectors.toSet());
        worker.follow(unwanted, paidOut);
    }

    private static boolean isPaidOut(Batch batch) {
        Long cap = batch.spendCapPico();
        return cap != null && batch.usage().spentPico() >= cap;
    }

    private void takeOnFiles() {
        while (files.tryAcquire()) {
            Optional<Batch> claimed = Optional.empty();
            try {
                claimed = scheduling.claim(name);
            } finally {
                if (claimed.isEmpty()) {
                    files.release();
                }
            }
            if (claimed.isEmpty()) {
                return;
            }
            Batch batch = claimed.get();
            var _ = fileWork.submit(() -> work(batch));
        }
    }

    private void work(Batch batch) {
        try {
            if (batch.status() == BatchStatus.VALIDATING) {
                validation.validate(batch);
            } else {
                finishing.finish(batch);
            }
            // A batch that was cancelled while it was validated is to be ended by whoever comes.
            scheduling.unclaim(batch.id(), name);
            progress.tell(scheduling.standing(Set.of(batch.id())).values());
            wake();
        } catch (IOException | RuntimeException e) {
            LOGGER.atWarn()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("status", batch.status().word())
                    .setCause(e)
                    .log("the files of a batch cannot be read or written yet");
            // Its claim runs out; until then nobody is kept busy by it.
        } finally {
            files.release();
        }
    }

    private void schedule() throws InterruptedException {
        if (scheduling.end() > 0) {
            wake();
        }
        if (isDue(reapedAt, REAP_EVERY)) {
            reapedAt = System.nanoTime();
            int reaped = portions.reap();
            if (reaped > 0) {
                LOGGER.atInfo().addKeyValue("portions", reaped).log("handed out again");
            }
        }
        if (isDue(toldAt, TELL_EVERY)) {
            toldAt = System.nanoTime();
            List<Batch> unfinished = scheduling.unfinished();
            isBusy = !unfinished.isEmpty();
            progress.tell(unfinished);
        }
        if (pointers.isReading()) {
            List<BatchPointer> next = scheduling.next();
            if (!next.isEmpty() && !pointers.send(next)) {
                portions.takeBack(next.stream().map(BatchPointer::portion).toList());
            }
        }
    }

    /** Pointers have come: those whose lines are free are this process' now. */
    private void taken(List<BatchPointer> pointed) {
        try {
            worker.take(portions.lease(name, pointed.stream().map(BatchPointer::portion).toList()));
        } catch (DataAccessException e) {
            LOGGER.atWarn().setCause(e).log("lines wait until they are handed out again");
        }
    }

    /** Ends calls under way within two seconds and writes down what is done. */
    @Override
    public synchronized void close() {
        isClosing = true;
        if (!isStarted) {
            fileWork.close();
            transport.close();
            return;
        }
        wake();
        pointers.close();
        worker.close();
        outcomes.close();
        transport.close();
        fileWork.close();
        try {
            ticking.join();
            duties.leave();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException e) {
            LOGGER.atDebug().setCause(e).log("duties run out by themselves");
        }
    }
}
