package dev.sluice.ingress.capacity;

import dev.sluice.ingress.limits.Admission;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.QueueSettings;
import dev.sluice.schemas.config.QueueSettings.Learned;

import io.micrometer.core.instrument.MeterRegistry;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Room at deployments, and the queues before model groups that have none. Lives as long as the
 * ingress, whatever configs come and go.
 */
public final class Capacity implements AutoCloseable {

    /** What of the room of others, minutes and rests nobody tells is looked for so often. */
    public static final Duration TICK = Duration.ofMillis(50);

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final QueueSettings settings;
    private final Function<String, AdaptiveConcurrency> concurrency;
    private final LongSupplier nanoTime;
    private final QueueMetrics metrics;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<String, GroupQueue> queues = new ConcurrentHashMap<>();
    private final Map<String, GroupQueue> byDeployment = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * No queues yet.
     *
     * @param concurrency what each deployment bears, by its id
     */
    public Capacity(
            QueueSettings settings,
            Function<String, AdaptiveConcurrency> concurrency,
            LongSupplier nanoTime,
            MeterRegistry registry) {
        this.settings = settings;
        this.concurrency = concurrency;
        this.nanoTime = nanoTime;
        this.metrics = new QueueMetrics(registry);
    }

    /**
     * Makes queues for a config's groups. Of those of an earlier one only queues in which somebody
     * waits stay, until the next config.
     *
     * @param served the deployments that can be called
     */
    public void know(List<ModelEntry> models, Set<String> served) {
        for (ModelEntry entry : models) {
            String id = entry.deploymentId();
            if (served.contains(id)) {
                metrics.limit(id, concurrency.apply(id));
                byDeployment.put(id, queues.computeIfAbsent(entry.modelName(), this::queueBefore));
            }
        }
        forgetAllBut(served);
    }

    private void forgetAllBut(Set<String> served) {
        byDeployment
                .keySet()
                .removeIf(id -> {
                    boolean isGone = !served.contains(id);
                    if (isGone) {
                        metrics.forgetDeployment(id);
                    }
                    return isGone;
                });
        queues.entrySet()
                .removeIf(group -> {
                    GroupQueue queue = group.getValue();
                    boolean isGone = !byDeployment.containsValue(queue) && queue.retire();
                    if (isGone) {
                        metrics.forgetGroup(group.getKey());
                    }
                    return isGone;
                });
    }

    private GroupQueue queueBefore(String modelGroup) {
        var queue = new GroupQueue(settings, metrics.of(modelGroup), nanoTime, waiting);
        metrics.waiting(modelGroup, queue, GroupQueue::waiting);
        return queue;
    }

    /**
     * Asks for room at a deployment.
     *
     * @param isForced whether it may have more than it seems to bear
     * @param limits asks for what the config lets it have
     */
    public Entry enter(String deploymentId, boolean isForced, Supplier<Admission> limits) {
        AdaptiveConcurrency learned = concurrency.apply(deploymentId);
        if (isForced || settings.adaptiveConcurrency() == Learned.OFF) {
            learned.enter();
        } else if (!learned.tryEnter()) {
            return new Entry.Full(SECOND, Duration.ZERO, true);
        }
        boolean isIn = false;
        try {
            return switch (limits.get()) {
                case Admission.Admitted(var reservation) -> {
                    isIn = true;
                    yield new Entry.In(new Room(deploymentId, reservation, learned, this));
                }
                case Admission.Refused refused ->
                        new Entry.Full(
                                refused.retryAfter(),
                                refused.resetsAt() == null ? Duration.ZERO : refused.retryAfter(),
                                false);
            };
        } finally {
            if (!isIn) {
                learned.leave();
            }
        }
    }

    /** How many calls a deployment seems to bear, as far as this ingress knows. */
    public AdaptiveConcurrency learned(String deploymentId) {
        return concurrency.apply(deploymentId);
    }

    /** Whether a deployment that seems to have enough is passed over. */
    public boolean heedsLearned() {
        return settings.adaptiveConcurrency() != Learned.OFF;
    }

    /** Whether calls rather go on than wait where all deployments only seem to have enough. */
    public boolean exceedsLearned() {
        return settings.adaptiveConcurrency() != Learned.WAIT || settings.maxWaiting() == 0;
    }

    /** Whether a call may wait that long. */
    public boolean mayWait(Duration soonest) {
        return settings.maxWaiting() > 0 && soonest.compareTo(settings.timeout()) <= 0;
    }

    /** Whether somebody waits at all: nearly always not. */
    public boolean isAnybodyWaiting() {
        return waiting.get() > 0;
    }

    /** Whether somebody waits for one of these deployments: who comes anew goes behind him. */
    public boolean isAwaited(Set<String> deployments) {
        for (String id : deployments) {
            GroupQueue queue = byDeployment.get(id);
            if (queue != null) {
                return queue.isAwaited(deployments);
            }
        }
        return false;
    }

    /** Waits for room at one of a model group's deployments; tries are made by this thread. */
    public Waited await(Asking asking, Knock knock) {
        if (closed) {
            return new Waited.Closed();
        }
        for (String id : asking.deployments()) {
            GroupQueue queue = byDeployment.get(id);
            if (queue != null) {
                return queue.await(asking, knock);
            }
        }
        return new Waited.Refused(SECOND);
    }

    void ended(String deploymentId) {
        if (waiting.get() > 0) {
            GroupQueue queue = byDeployment.get(deploymentId);
            if (queue != null) {
                queue.ended(deploymentId);
            }
        }
    }

    /** Looks for room that nobody tells of; to be called every {@link #TICK}. */
    public void tick() {
        if (waiting.get() > 0) {
            queues.values().forEach(GroupQueue::tick);
        }
    }

    /** Sends away all who wait, at once; nobody waits any more. */
    @Override
    public void close() {
        closed = true;
        queues.values().forEach(GroupQueue::close);
    }
}
