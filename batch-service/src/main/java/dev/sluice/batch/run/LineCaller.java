package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.batch.jobs.Batch.BatchUsage;
import dev.sluice.batch.lines.BatchRequest;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.FailureKind;
import dev.sluice.providers.transport.UpstreamException;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * Calls lines through an ingress, on behalf of the key that owns the batch: its models, limits and
 * budgets hold, and what it costs is booked as any call of it.
 */
final class LineCaller {

    /** After so many failures of a kind that passes by, the failure is the outcome. */
    static final int TRIES_MAX = 5;

    private static final int ANSWER_BYTES_MAX = 64 << 20;
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Deadlines DEADLINES =
            new Deadlines(
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(11),
                    Duration.ofMinutes(2),
                    Duration.ofMinutes(20));

    private final UpstreamTransport transport;
    private final URI ingress;
    private final List<Map.Entry<String, String>> credential;
    private final IntConsumer headroom;
    private final Map<String, UpstreamTarget> targets = new ConcurrentHashMap<>();

    /**
     * Calls by one ingress.
     *
     * @param headroom told how much live calls leave, in percent; 100 where there are none
     */
    LineCaller(UpstreamTransport transport, URI ingress, Secret credential, IntConsumer headroom) {
        this.headroom = headroom;
        this.transport = transport;
        this.ingress = ingress;
        this.credential =
                List.of(
                        Map.entry("Authorization", "Bearer " + credential.reveal()),
                        Map.entry("Content-Type", "application/json"));
    }

    /**
     * Calls a line and waits for what comes of it.
     *
     * @param number of the line
     */
    CallOutcome call(LeasedPortion portion, int number, BatchRequest request) {
        if (request.streams()) {
            return refused(
                    portion, number, request, "stream_not_supported", "A batch has no streams.");
        }
        Exchange exchange =
                transport.send(
                        new UpstreamRequest(
                                "POST",
                                target(portion.endpoint()),
                                List.of(
                                        Map.entry("x-sluice-on-behalf-of", portion.keyHash()),
                                        Map.entry("x-sluice-batch", portion.batch()),
                                        Map.entry("x-sluice-batch-line", Integer.toString(number))),
                                List.of(request.body()),
                                DEADLINES));
        return switch (exchange) {
            case Exchange.Failed(var kind, _) -> unheard(portion, kind);
            case Exchange.Answered(var answer) -> {
                heed(answer.header("x-sluice-headroom"));
                yield answered(portion, number, request, answer);
            }
        };
    }

    private void heed(@Nullable String percent) {
        if (percent != null && percent.length() <= 3 && isNumber(percent)) {
            headroom.accept(Integer.parseInt(percent));
        }
    }

    private UpstreamTarget target(String endpoint) {
        return targets.computeIfAbsent(
                endpoint, path -> UpstreamTarget.of(ingress.resolve(path), credential));
    }

    private static CallOutcome unheard(LeasedPortion portion, FailureKind kind) {
        return kind == FailureKind.CANCELLED
                ? new CallOutcome.Dropped()
                // The ingress is away, not the provider: nothing is wrong with the line.
                : new CallOutcome.Again(wait(portion.waits(), null), false, mayHaveArrived(kind));
    }

    private static CallOutcome answered(
            LeasedPortion portion, int number, BatchRequest request, UpstreamResponse answer) {
        byte[] body;
        try (answer) {
            body = answer.readAll(ANSWER_BYTES_MAX);
        } catch (UpstreamException e) {
            return new CallOutcome.Again(wait(portion.waits(), null), true, true);
        }
        int status = answer.status();
        boolean isLast = portion.tries() + 1 >= TRIES_MAX;
        String retryAfter = answer.header("retry-after");
        if (isParked(status) || (isPassing(status) && !isLast)) {
            return new CallOutcome.Again(
                    wait(portion.waits(), retryAfter), !isParked(status), false);
        }
        if (!Answer.isJson(body)) {
            return refused(
                    portion,
                    number,
                    request,
                    "invalid_answer",
                    "The answer with status %d was no JSON.".formatted(status));
        }
        String id = answer.header("x-litellm-call-id");
        byte[] line =
                OutputLine.answered(
                        portion.batch(),
                        number,
                        request.customIdToken(),
                        status,
                        id == null ? "" : id,
                        body);
        boolean succeeded = status < 300;
        return new CallOutcome.Done(
                succeeded, line, Answer.usage(succeeded ? body : new byte[0], cost(answer)));
    }

    private static boolean mayHaveArrived(FailureKind kind) {
        return switch (kind) {
            case CONNECT, TLS, POOL_EXHAUSTED, TIMEOUT_CONNECT -> false;
            case TIMEOUT_FIRST_BYTE,
                    TIMEOUT_IDLE,
                    TIMEOUT_TOTAL,
                    BROKEN,
                    STALE,
                    PROTOCOL,
                    CANCELLED ->
                    true;
        };
    }

    private static @Nullable String cost(UpstreamResponse answer) {
        return answer.header("x-litellm-response-cost");
    }

    static CallOutcome refused(
            LeasedPortion portion, int number, BatchRequest request, String code, String message) {
        return new CallOutcome.Done(
                false,
                OutputLine.unanswered(
                        portion.batch(), number, request.customIdToken(), code, message),
                BatchUsage.NONE);
    }

    /** Rate limits, and providers that are away: the line waits for as long as its batch may. */
    private static boolean isParked(int status) {
        return status == 429 || status == 502 || status == 503 || status == 529;
    }

    private static boolean isPassing(int status) {
        return status >= 500 || status == 408;
    }

    /** One second, doubled with each wait up to a minute; or what the answer says. */
    private static Duration wait(int waits, @Nullable String retryAfter) {
        Duration growing = SOON.multipliedBy(1L << Math.min(waits, 6));
        Duration wanted = growing.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : growing;
        if (retryAfter != null && retryAfter.length() <= 6 && isNumber(retryAfter)) {
            Duration told = Duration.ofSeconds(Integer.parseInt(retryAfter));
            return told.compareTo(LONGEST_WAIT) > 0
                    ? LONGEST_WAIT
                    : told.compareTo(SOON) < 0 ? SOON : told;
        }
        return wanted;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && text.getBytes(UTF_8).length == text.length()
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
