package dev.sluice.ingress.books;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.metering.Journal;
import dev.sluice.metering.Price;
import dev.sluice.metering.ServiceTier;
import dev.sluice.providers.usage.UnitUse;
import dev.sluice.schemas.events.RateLimit;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * An attempt between its two records. The first of {@link #settled}, {@link #estimated}, {@link
 * #brokenOff}, {@link #outrun} and {@link #failed} ends it, before the end of the answer is sent;
 * what comes later changes nothing.
 */
public final class OpenAttempt {

    /** Where a provider states no usage, a token is taken to be four bytes of text. */
    public static final int BYTES_A_TOKEN = 4;

    /** Where a provider states no usage, a token of sound is taken to be a tenth of a second. */
    private static final int MILLIS_A_TOKEN = 100;

    private static final int LONGEST_RESPONSE_ID = 256;

    /** What an attempt is called that another one of its call was faster than. */
    private static final String OUTRUN = "outrun";

    private final Journal journal;
    private final GatewayMetrics metrics;
    private final CallFacts call;
    private final boolean refuses;
    private final Deployment deployment;
    private final int number;
    private final Instant startedAt;
    private final UUID eventId;
    private final long startedNanos = System.nanoTime();
    private @Nullable Flight flight;
    private long firstContentNanos = -1;
    private LongConsumer whenEnded = _ -> {};
    private BooleanSupplier claim = () -> true;

    /** What was booked of its end; of two threads that end it, the first does. */
    private final AtomicReference<@Nullable SpendEvent> booked = new AtomicReference<>();

    private boolean hurried;
    private boolean withheld;

    OpenAttempt(
            Journal journal,
            GatewayMetrics metrics,
            CallFacts call,
            boolean refuses,
            Deployment deployment,
            int number,
            Instant startedAt) {
        this.journal = journal;
        this.metrics = metrics;
        this.call = call;
        this.refuses = refuses;
        this.deployment = deployment;
        this.number = number;
        this.startedAt = startedAt;
        this.eventId = SpendEventIds.terminal(call.requestId(), number);
    }

    /** Where the attempt is made. */
    public Deployment deployment() {
        return deployment;
    }

    /** 1 for the first attempt of the call. */
    public int number() {
        return number;
    }

    /** It is about to be sent, and routing knows. */
    void sent(Flight flight) {
        this.flight = flight;
    }

    /** Who wants to know of the end is told the tokens read and written, 0 for none. */
    public void whenEnded(LongConsumer listener) {
        whenEnded = listener;
    }

    /** Who else may answer the caller is asked before this attempt does; by itself it may. */
    public void claimsBy(BooleanSupplier claim) {
        this.claim = claim;
    }

    /** Whether what arrived here is what the caller shall see; once true it stays so. */
    public boolean claims() {
        return claim.getAsBoolean();
    }

    /** What was booked of its end; null before, and where it was not made. */
    public @Nullable SpendEvent booked() {
        return booked.get();
    }

    /** The answer's head told what the provider still allows; null where it did not. */
    public void allowed(@Nullable RateLimit requests, @Nullable RateLimit tokens) {
        flight().allowed(requests, tokens);
    }

    /** The caller gives it less time than the config does: that it takes longer blames nobody. */
    public void hurried() {
        hurried = true;
    }

    /** What routing is told of a failure. */
    private String blamed(String errorClass) {
        return hurried && errorClass.startsWith("timeout") ? "cancelled" : errorClass;
    }

    /** The first content of the answer is here; later calls change nothing. */
    public void contentArrived() {
        if (firstContentNanos < 0) {
            firstContentNanos = System.nanoTime();
            flight().contentArrived();
        }
    }

    /** How long the attempt has taken so far. */
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** What will be booked if nothing more is heard of the attempt. */
    SpendEvent presumed() {
        // Every call passes here: nothing is counted that may never be asked for.
        long read = Math.ceilDiv(call.promptBytes(), BYTES_A_TOKEN);
        return event(
                Kind.ESTIMATED,
                Status.FAILURE,
                "gateway_stopped",
                estimate(read, 0, call.asked()),
                call.asked(),
                ServiceTier.STANDARD,
                null,
                startedAt,
                true);
    }

    /**
     * Books what the provider stated, unless it is beyond all money: then an estimate.
     *
     * @param tier that the provider says it served the call in
     * @return the cost in picodollars
     */
    public long settled(
            Usage usage,
            ServiceTier tier,
            @Nullable String providerResponseId,
            Status status,
            @Nullable String errorClass) {
        SpendEvent event;
        try {
            event =
                    event(
                            Kind.SETTLED,
                            status,
                            errorClass,
                            usage,
                            Units.NONE,
                            tier,
                            providerResponseId,
                            now(),
                            true);
        } catch (ArithmeticException e) {
            return estimated(0, providerResponseId, status, "implausible_usage");
        }
        end(event);
        return event.costPico();
    }

    /**
     * Books a call that is paid for by more than tokens: what the provider told, else an estimate.
     *
     * @return the cost in picodollars
     */
    public long settled(
            UnitUse use,
            @Nullable String providerResponseId,
            Status status,
            @Nullable String errorClass) {
        Usage told = use.usage();
        Price price = deployment.price();
        boolean byUnits = use.isStated() && (price == null || price.billsUnits(use.units()));
        boolean isSettled = told != null || byUnits;
        Usage usage = told != null ? told : byUnits ? Usage.NONE : estimate(0, use.units());
        SpendEvent event;
        try {
            event =
                    event(
                            isSettled ? Kind.SETTLED : Kind.ESTIMATED,
                            status,
                            errorClass,
                            usage,
                            use.units(),
                            ServiceTier.STANDARD,
                            providerResponseId,
                            now(),
                            true);
        } catch (ArithmeticException e) {
            return estimated(0, providerResponseId, status, "implausible_usage");
        }
        end(event);
        return event.costPico();
    }

    /**
     * Books an estimate: the provider worked, but did not say how much.
     *
     * @param outputTokens that arrived, as far as we can tell
     * @return the cost in picodollars
     */
    public long estimated(
            long outputTokens,
            @Nullable String providerResponseId,
            Status status,
            @Nullable String errorClass) {
        SpendEvent event =
                event(
                        Kind.ESTIMATED,
                        status,
                        errorClass,
                        estimate(outputTokens, call.asked()),
                        call.asked(),
                        ServiceTier.STANDARD,
                        providerResponseId,
                        now(),
                        true);
        end(event);
        return event.costPico();
    }

    /**
     * Books an attempt whose provider broke off when it had begun to answer: what had arrived, as
     * an estimate. The caller saw nothing of it.
     *
     * @param outputTokens that arrived, as far as we can tell
     */
    public void brokenOff(String errorClass, long outputTokens, boolean isFinal) {
        end(
                event(
                        Kind.ESTIMATED,
                        Status.FAILURE,
                        errorClass,
                        estimate(outputTokens, call.asked()),
                        call.asked(),
                        ServiceTier.STANDARD,
                        null,
                        now(),
                        isFinal));
    }

    /**
     * Books an attempt that was ended because another one of the call was faster: what the provider
     * has read, as an estimate. Never the last one of its call.
     */
    public void outrun() {
        end(
                event(
                        Kind.ESTIMATED,
                        Status.CANCELLED,
                        OUTRUN,
                        estimate(0, call.asked()),
                        call.asked(),
                        ServiceTier.STANDARD,
                        null,
                        now(),
                        /* isFinal= */ false));
    }

    /** Books an attempt that the provider did not serve: no usage, no cost. */
    public void failed(
            String errorClass, boolean rateLimited, long retryAfterSeconds, boolean isFinal) {
        SpendEvent event =
                event(
                        Kind.VOIDED,
                        Status.FAILURE,
                        errorClass,
                        Usage.NONE,
                        Units.NONE,
                        ServiceTier.STANDARD,
                        null,
                        now(),
                        isFinal);
        if (!booked.compareAndSet(null, event)) {
            return;
        }
        journal.ended(event);
        flight().failed(blamed(errorClass), rateLimited, retryAfterSeconds);
        whenEnded.accept(0);
        metrics.attemptEnded(deployment.provider(), elapsed());
    }

    /** Books that it ended by a bug of ours, unless its end is booked already. */
    public void died(boolean isFinal) {
        if (!isEnded()) {
            failed("internal_error", false, -1, isFinal);
        }
    }

    /** Books that the attempt was due and not made: the call ends here. */
    void notMade(String errorClass) {
        journal.ended(
                event(
                        Kind.VOIDED,
                        Status.FAILURE,
                        errorClass,
                        Usage.NONE,
                        Units.NONE,
                        ServiceTier.STANDARD,
                        null,
                        now(),
                        true));
    }

    /**
     * Whether the caller must not get the answer: what it cost is not safe, and the settings say to
     * refuse then.
     */
    public boolean isWithheld() {
        return withheld;
    }

    /** Whether it has been booked as the last one of its call. */
    public boolean isFinal() {
        SpendEvent event = booked.get();
        return event != null && event.isFinal();
    }

    /** Whether it has been booked. */
    public boolean isEnded() {
        return booked.get() != null;
    }

    private void end(SpendEvent event) {
        if (!booked.compareAndSet(null, event)) {
            return;
        }
        withheld = !journal.ended(event) && refuses;
        call.meter().add(event.usage(), event.costPico());
        whenEnded.accept(event.usage().promptTokens() + event.usage().completionTokens());
        if (event.priceVersion() == null) {
            metrics.unpriced(call.modelGroup());
        }
        Duration took = elapsed();
        switch (event.status()) {
            case SUCCESS ->
                    flight().succeeded(
                                    event.usage().promptTokens(), event.usage().completionTokens());
            case FAILURE -> flight().failed(blamed(String.valueOf(event.errorClass())), false, -1);
            case CANCELLED -> {
                if (OUTRUN.equals(event.errorClass())) {
                    flight().outrun();
                } else {
                    flight().failed("cancelled", false, -1);
                }
            }
        }
        metrics.attemptEnded(deployment.provider(), took);
    }

    private SpendEvent event(
            Kind kind,
            Status status,
            @Nullable String errorClass,
            Usage usage,
            Units units,
            ServiceTier tier,
            @Nullable String providerResponseId,
            Instant endedAt,
            boolean isFinal) {
        Price price = deployment.price();
        boolean stated = kind == Kind.SETTLED && !usage.equals(Usage.NONE);
        long cost =
                price == null || (call.isPassedThrough() && !stated)
                        ? Price.UNKNOWN
                        : price.cost(usage, units, stated, tier);
        boolean isPriced = kind == Kind.VOIDED ? price != null : cost != Price.UNKNOWN;
        return new SpendEvent(
                eventId,
                journal.nextPosition(),
                call.requestId(),
                number,
                isFinal,
                kind,
                startedAt,
                endedAt,
                call.owner(),
                call.callType(),
                new SpendEvent.Target(
                        call.modelGroup(),
                        deployment.id(),
                        deployment.provider(),
                        deployment.model(),
                        deployment.bookedRegion()),
                bounded(providerResponseId),
                status,
                errorClass,
                call.stream(),
                ttftMicros(),
                usage,
                Math.max(cost, 0),
                price == null || !isPriced ? null : price.version(tier),
                status == Status.SUCCESS ? call.known() : null,
                call.caller().batch(),
                units);
    }

    private static @Nullable String bounded(@Nullable String id) {
        return id == null || id.length() <= LONGEST_RESPONSE_ID
                ? id
                : id.substring(0, LONGEST_RESPONSE_ID);
    }

    private Usage estimate(long outputTokens, Units units) {
        return estimate(call.size().prompt(deployment.model()), outputTokens, units);
    }

    private static Usage estimate(long read, long outputTokens, Units units) {
        long heard = Math.ceilDiv(units.inputMillis(), MILLIS_A_TOKEN);
        return new Usage(read, 0, 0, 0, outputTokens, 0, heard, 0, 0);
    }

    private Flight flight() {
        return requireNonNull(flight, "not sent");
    }

    private long ttftMicros() {
        return firstContentNanos < 0 ? -1 : (firstContentNanos - startedNanos) / 1000;
    }

    /** The end by the monotonic clock, so that no attempt ends before it began. */
    private Instant now() {
        return startedAt.plus(elapsed()).truncatedTo(ChronoUnit.MICROS);
    }
}
