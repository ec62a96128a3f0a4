package dev.sluice.simulator;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The whole life of a request to a model: read, treated as the scenarios say, billed, answered. */
final class ModelEndpoints {

    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final Header NO_CACHE =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");

    private final Keys keys;
    private final Scenarios scenarios;
    private final Ledger ledger;
    private final Waiting waiting;
    private final long seed;
    private final int bodyBytesMax;
    private final Duration holdMax;
    private final PromptCache promptCache = new PromptCache();
    private final String instance =
            HexFormat.of().toHexDigits(UUID.randomUUID().getMostSignificantBits(), 8);
    private final AtomicLong ordinals = new AtomicLong();

    ModelEndpoints(
            SimulatorSettings settings, Scenarios scenarios, Ledger ledger, Waiting waiting) {
        this.keys = new Keys(settings.keys(), settings.maskKeys());
        this.scenarios = scenarios;
        this.ledger = ledger;
        this.waiting = waiting;
        this.seed = settings.seed();
        this.bodyBytesMax = settings.bodyBytesMax();
        this.holdMax = settings.holdMax();
    }

    void answer(Wire.Address address, Caller caller, ServerRequest request, ServerResponse response)
            throws IOException {
        Endpoint endpoint = address.endpoint();
        long ordinal = ordinals.getAndIncrement();
        String requestId = endpoint.idPrefix + instance + HexFormat.of().toHexDigits(ordinal, 12);
        response.header(REQUEST_ID, requestId);
        Exchange exchange =
                new Exchange(
                        endpoint.wire(),
                        caller,
                        ordinal,
                        new Bill(ledger, requestId, keys.label(caller.key()), caller.deployment()),
                        response);
        switch (read(address, caller, request)) {
            case Rejection rejection -> refuse(exchange, rejection, null);
            case ModelCall call -> {
                exchange.bill().concerns(call);
                treat(exchange, call, scenarios.next(caller, call.model()));
            }
        }
    }

    /** One request on its way through. */
    private record Exchange(
            Wire wire, Caller caller, long ordinal, Bill bill, ServerResponse response) {}

    private Reading read(Wire.Address address, Caller caller, ServerRequest request)
            throws IOException {
        byte[] body = Bodies.read(request, bodyBytesMax);
        if (!keys.accepts(caller.key())) {
            return Rejection.wrongKey();
        }
        return body == null
                ? Rejection.tooLarge(bodyBytesMax)
                : address.endpoint().wire().read(address, body);
    }

    private void treat(Exchange exchange, ModelCall call, Treatment treatment) throws IOException {
        Fault fault = treatment.fault();
        switch (fault) {
            case Fault.Refusal refusal -> {
                if (refusal.retryAfterSeconds() != null) {
                    exchange.response()
                            .header(
                                    HeaderNames.RETRY_AFTER,
                                    Integer.toString(refusal.retryAfterSeconds()));
                }
                Rejection rejection =
                        Rejection.ofStatus(refusal.status(), refusal.code(), refusal.message());
                refuse(exchange, rejection, fault.label());
            }
            case Fault.BlackHole _ -> {
                exchange.bill().refused(0, fault.label());
                waiting.until(System.nanoTime() + holdMax.toNanos(), treatment.revoked());
                throw hangUp();
            }
            case Fault.Cut(long afterBytes) when afterBytes == 0 -> {
                exchange.bill().refused(0, fault.label());
                throw hangUp();
            }
            default -> inTurn(exchange, call, treatment);
        }
    }

    /** Waits for a slot where the scenario has slots, and gives it back. */
    private void inTurn(Exchange exchange, ModelCall call, Treatment treatment) throws IOException {
        Semaphore slots = treatment.slots();
        if (slots == null) {
            deliver(exchange, call, treatment);
        } else if (acquire(slots)) {
            try {
                deliver(exchange, call, treatment);
            } finally {
                slots.release();
            }
        } else {
            refuse(exchange, Rejection.overloaded(), "queue_timeout");
        }
    }

    private boolean acquire(Semaphore slots) {
        try {
            return slots.tryAcquire(holdMax.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting for a slot", e);
        }
    }

    private void deliver(Exchange exchange, ModelCall call, Treatment treatment)
            throws IOException {
        long drawSeed = Mixer.at(seed, exchange.ordinal());
        Pace pace =
                treatment.profile().draw(drawSeed, treatment.latencyFactor(), System.nanoTime());
        exchange.bill().accept(prompt(exchange.caller(), call), Prices.of(call.model()));
        Answer answer =
                new Answer(call, exchange.bill().requestId(), Instant.now().getEpochSecond());
        boolean whole =
                call.stream()
                        ? stream(exchange, answer, treatment.fault(), pace)
                        : plain(exchange, answer, treatment.fault(), pace);
        if (!whole) {
            throw hangUp();
        }
    }

    private boolean plain(Exchange exchange, Answer answer, Fault fault, Pace pace)
            throws IOException {
        ServerResponse response = exchange.response();
        exchange.wire()
                .wholeType(answer.call())
                .ifPresentOrElse(response::header, () -> Replies.json(response));
        return new PlainAnswer(answer, fault, exchange.bill(), waiting).send(pace, response);
    }

    private boolean stream(Exchange exchange, Answer answer, Fault fault, Pace pace)
            throws IOException {
        ServerResponse response =
                exchange.response().header(exchange.wire().streamType()).header(NO_CACHE);
        // Closed by Helidon once the answer is whole: closing it here would end a cut one in order.
        Outlet outlet = new Outlet(response.outputStream(), fault, waiting);
        return new StreamedAnswer(answer, fault, exchange.bill(), waiting, outlet).send(pace);
    }

    /** Only chats have a prompt cache, and only with models whose price list knows one. */
    private Usage prompt(Caller caller, ModelCall call) {
        if (!call.tellsTokens()) {
            return Usage.NONE;
        }
        long cached = 0;
        if (call.endpoint().cachesPrompts() && Prices.of(call.model()).cachesPrompts()) {
            long scope = Mixer.hash(caller.key()) + Mixer.hash(call.model());
            cached = promptCache.cachedTokens(scope, call.prompts().getFirst());
        }
        return new Usage(call.inputTokens(), cached, 0);
    }

    private static void refuse(Exchange exchange, Rejection rejection, @Nullable String fault) {
        exchange.bill().refused(rejection.status(), fault);
        Replies.error(exchange.response(), exchange.wire(), rejection);
    }

    /** Ends the connection without another byte. */
    private static CloseConnectionException hangUp() {
        return new CloseConnectionException("hung up on purpose");
    }
}
