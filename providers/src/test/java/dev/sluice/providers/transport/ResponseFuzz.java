package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.providers.fuzz.Arrival;
import dev.sluice.providers.fuzz.Claim;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Any bytes as the answer of an upstream: head, body and failure are what {@link PlainAnswer}
 * finds, however the bytes arrive, and the connection is given back or closed, once.
 */
public final class ResponseFuzz {

    private static final int HEADER_BYTES_MAX = 1_024;
    private static final UpstreamTarget TARGET =
            UpstreamTarget.of(URI.create("http://127.0.0.1:1/v1"), List.of());
    private static final TransportSettings SETTINGS =
            new TransportSettings(
                    1, Duration.ZERO, Reuse.defaults(), HEADER_BYTES_MAX, null, Proxies.NONE);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Deadlines DEADLINES =
            new Deadlines(PATIENCE, PATIENCE, PATIENCE, PATIENCE);

    /** What came of an exchange. */
    private record Outcome(
            @Nullable FailureKind failed,
            int status,
            List<String> headers,
            String body,
            @Nullable FailureKind bodyEnd) {}

    private ResponseFuzz() {}

    /** One input: a byte that says how it is read, and the answer. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        String method = (input[0] & 1) == 0 ? "POST" : "HEAD";
        boolean breaks = (input[0] & 2) != 0;
        int room = (input[0] & 4) == 0 ? 20_000 : 5;
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        PlainAnswer plain = PlainAnswer.of(bytes, method, HEADER_BYTES_MAX, breaks);
        check(plain, method, new FedChannel(Arrival.whole(bytes), breaks), room, "whole");
        for (Arrival arrival : Arrival.cut(bytes)) {
            check(plain, method, new FedChannel(arrival, breaks), room, arrival.toString());
        }
    }

    private static void check(
            PlainAnswer plain, String method, FedChannel channel, int room, String how) {
        Set<Connection> open = ConcurrentHashMap.newKeySet();
        var pool = new OriginPool(TARGET.origin(), SETTINGS, open);
        Outcome outcome;
        try {
            pool.enter(0);
            outcome = outcome(pool, pool.adopt(channel), method, room);
        } catch (ExchangeFailure e) {
            outcome = new Outcome(e.kind(), 0, List.of(), "", null);
        }
        Claim.same(
                outcome,
                new Outcome(
                        plain.failed(),
                        plain.status(),
                        plain.headers(),
                        plain.body(),
                        plain.bodyEnd()),
                how);
        Claim.same(open.size(), pool.idle(), how);
        if (pool.idle() > 0) {
            Claim.that(plain.persistent(), how + ": the connection may not serve on");
            Claim.same(plain.bodyEnd(), null, how);
        }
        Claim.same(channel.isOpen(), pool.idle() > 0, how);
        try {
            pool.enter(0);
        } catch (ExchangeFailure e) {
            throw new AssertionError("a permit was lost", e);
        }
    }

    private static Outcome outcome(OriginPool pool, Connection connection, String method, int room)
            throws ExchangeFailure {
        var request = new UpstreamRequest(method, TARGET, List.of(), List.of(), DEADLINES);
        UpstreamResponse response =
                new Attempt(pool, connection, request, Monotonic.after(PATIENCE), HEADER_BYTES_MAX)
                        .response();
        List<String> headers = new ArrayList<>();
        for (Header header : response.headers()) {
            headers.add(header.name() + ": " + header.value());
            Objects.requireNonNull(response.header(header.name()));
        }
        var body = new StringBuilder();
        byte[] some = new byte[room];
        FailureKind end = null;
        try (response) {
            int count = response.read(some, 0, room);
            while (count >= 0) {
                Claim.that(count >= 1 && count <= room, "a reading of " + count);
                body.append(new String(some, 0, count, ISO_8859_1));
                count = response.read(some, 0, room);
            }
        } catch (UpstreamException e) {
            end = e.kind();
        }
        return new Outcome(null, response.status(), headers, body.toString(), end);
    }
}
