package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Files and batches: authorised here by route, answered by the batch service, which knows whose
 * they are. The request is written anew, as by {@link CallerHead}; its body and the answer's pass
 * through as they come, and are never held. Who is refused is not read.
 */
final class BatchServiceHandler {

    /** Bytes of a body with a file: OpenAI's 512 MB, and a form around it. */
    static final long UPLOAD_BYTES_MAX = (512L << 20) + (1L << 20);

    private static final Logger LOGGER = LoggerFactory.getLogger(BatchServiceHandler.class);
    private static final long JSON_BYTES_MAX = 1L << 20;
    private static final int QUERY_CHARACTERS_MAX = 8 * 1024;
    private static final int VALUE_CHARACTERS_MAX = 256;
    private static final int COPY_BYTES = 64 * 1024;

    /** Bodies that pass through at once, in and out. */
    private static final int TRANSFERS_MAX = 128;

    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final List<HeaderName> TOLD =
            List.of(
                    HeaderNames.CONTENT_TYPE,
                    HeaderNames.CONTENT_LENGTH,
                    HeaderNames.CONTENT_RANGE,
                    HeaderNames.CONTENT_DISPOSITION,
                    HeaderNames.ACCEPT_RANGES);
    private static final ApiError NOWHERE =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "Files and batches are not served here: sluice.services.batch_service is not"
                            + " set.");
    private static final ApiError AWAY =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "Files and batches cannot be reached at the moment.");
    private static final ApiError BUSY =
            ApiError.of(429, "rate_limit_error", "Too many files are under way; try again.");
    private static final ApiError LONG_QUERY =
            ApiError.invalidRequest("The query is too long.", null);
    private static final ApiError ODD_HEADER =
            ApiError.invalidRequest("A header cannot be passed on.", null);

    private final Gate gate;
    private final BodyReader bodies;
    private final BodyWatch watch;
    private final Duration bodyTimeout;
    private final @Nullable URI service;
    private final Secret credential;
    private final HttpClient client;
    private final Semaphore transfers = new Semaphore(TRANSFERS_MAX);

    /**
     * Forwards to a batch service.
     *
     * @param bodies drains what is refused
     * @param bodyTimeout within which each megabyte of a body must come, and go
     * @param service null where there is none: then everything is 503
     */
    BatchServiceHandler(
            Gate gate,
            BodyReader bodies,
            BodyWatch watch,
            Duration bodyTimeout,
            @Nullable URI service,
            Secret credential,
            HttpClient client) {
        this.gate = gate;
        this.bodies = bodies;
        this.watch = watch;
        this.bodyTimeout = bodyTimeout;
        this.service = service;
        this.credential = credential;
        this.client = client;
    }

    /** Serves one of the routes of files and batches. */
    void handle(Route route, ServerRequest request, ServerResponse response) {
        UUID requestId = SpendEventIds.newRequestId(System.currentTimeMillis());
        response.header(Answers.CALL_ID, requestId.toString());
        switch (gate.admit(route, request)) {
            case Authentication.Refused refused -> {
                Refusals.unread(request, response, refused);
                drain(request, response);
            }
            case Authentication.Accepted(var caller) ->
                    admitted(route, request, response, requestId, caller);
        }
    }

    private void admitted(
            Route route,
            ServerRequest request,
            ServerResponse response,
            UUID requestId,
            Caller caller) {
        long most = isUpload(route) ? UPLOAD_BYTES_MAX : JSON_BYTES_MAX;
        String query = query(request);
        if (service == null) {
            refuse(request, response, NOWHERE);
        } else if (query.length() > QUERY_CHARACTERS_MAX) {
            refuse(request, response, LONG_QUERY);
        } else if (request.headers().contentLength().orElse(0) > most) {
            refuse(request, response, tooLarge(most));
        } else if (!transfers.tryAcquire()) {
            refuse(request, response, BUSY);
        } else {
            try {
                URI target = service.resolve(path(route, request) + query);
                forward(route, target, request, response, requestId, caller, most);
            } finally {
                transfers.release();
            }
        }
    }

    private static boolean isUpload(Route route) {
        return route.method().equals("POST") && route.path().endsWith("/files");
    }

    private void refuse(ServerRequest request, ServerResponse response, ApiError error) {
        if (request.content().hasEntity()) {
            Answers.sendAndClose(response, error);
            drain(request, response);
        } else {
            Answers.send(response, error);
        }
    }

    /** The body is still under way: the caller finishes, then reads our answer. */
    private void drain(ServerRequest request, ServerResponse response) {
        if (request.content().hasEntity()) {
            bodies.drain(request, response);
        }
    }

    private static ApiError tooLarge(long most) {
        return ApiError.of(
                413, "invalid_request_error", "The body is larger than %d bytes.".formatted(most));
    }

    private void forward(
            Route route,
            URI target,
            ServerRequest request,
            ServerResponse response,
            UUID requestId,
            Caller caller,
            long most) {
        PassingBody body =
                request.content().hasEntity()
                        ? new PassingBody(
                                request.content().inputStream(), response, watch, bodyTimeout, most)
                        : null;
        HttpRequest asked;
        try {
            asked = asked(route, target, request, requestId, caller, body);
        } catch (IllegalArgumentException e) {
            Answers.sendAndClose(response, ODD_HEADER);
            return;
        }
        HttpResponse<InputStream> answer = answer(asked, body);
        if (answer != null) {
            relay(answer, response);
        } else if (body == null) {
            Answers.send(response, AWAY);
        } else if (body.isAnswered() || (body.hasBroken() && !body.isTooLarge())) {
            throw new CloseConnectionException("the body did not arrive");
        } else {
            Answers.sendAndClose(response, body.isTooLarge() ? tooLarge(most) : AWAY);
            InputStream rest = body.take();
            if (rest != null) {
                bodies.drain(() -> rest, response);
            }
        }
    }

    private HttpRequest asked(
            Route route,
            URI target,
            ServerRequest request,
            UUID requestId,
            Caller caller,
            @Nullable PassingBody body) {
        HttpRequest.Builder asked = HttpRequest.newBuilder(target);
        CallerHead.of(credential, requestId, caller, gate.address(request))
                .forEach(header -> asked.header(header.getKey(), header.getValue()));
        pass(HeaderNames.CONTENT_TYPE, request, asked);
        if (!request.headers().contains(HeaderNames.IF_RANGE)) {
            // Under a condition that nobody knows here, the whole is the right answer.
            pass(HeaderNames.RANGE, request, asked);
        }
        return asked.method(route.method(), publisher(request, body)).build();
    }

    private static void pass(HeaderName name, ServerRequest request, HttpRequest.Builder asked) {
        String value = request.headers().first(name).orElse("");
        if (value.length() > VALUE_CHARACTERS_MAX) {
            throw new IllegalArgumentException("too long");
        }
        if (!value.isEmpty()) {
            asked.header(name.defaultCase(), value);
        }
    }

    private static BodyPublisher publisher(ServerRequest request, @Nullable PassingBody body) {
        if (body == null) {
            return BodyPublishers.noBody();
        }
        BodyPublisher passing = BodyPublishers.ofInputStream(() -> body);
        long length = request.headers().contentLength().orElse(-1);
        // Where the server unpacks it, it is another length.
        return length > 0 && !request.headers().contains(HeaderNames.CONTENT_ENCODING)
                ? BodyPublishers.fromPublisher(passing, length)
                : passing;
    }

    /** Null where none comes: the service is away, or nothing has moved for too long. */
    private @Nullable HttpResponse<InputStream> answer(
            HttpRequest asked, @Nullable PassingBody body) {
        CompletableFuture<HttpResponse<InputStream>> coming =
                client.sendAsync(asked, BodyHandlers.ofInputStream());
        Duration patience = body == null ? ANSWER_WITHIN : ANSWER_WITHIN.plus(bodyTimeout);
        long begun = System.nanoTime();
        try {
            while (true) {
                try {
                    return coming.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    long moved = body == null ? begun : body.movedAt();
                    if (System.nanoTime() - moved > patience.toNanos()) {
                        return null;
                    }
                }
            }
        } catch (ExecutionException | CancellationException e) {
            LOGGER.atDebug().setCause(e).log("the batch service does not answer");
            return null;
        } catch (InterruptedException e) {
            throw new CloseConnectionException("interrupted", e);
        } finally {
            coming.cancel(true);
        }
    }

    private void relay(HttpResponse<InputStream> answer, ServerResponse response) {
        try (InputStream in = answer.body()) {
            // 401 is about our credential: the caller's key was good.
            if (answer.statusCode() == 401) {
                Answers.send(response, AWAY);
                return;
            }
            response.status(Status.create(answer.statusCode()));
            for (HeaderName name : TOLD) {
                answer.headers()
                        .firstValue(name.lowerCase())
                        .ifPresent(value -> response.header(name, value));
            }
            try (OutputStream out = response.outputStream()) {
                copy(in, out, response);
            }
        } catch (IOException e) {
            throw new CloseConnectionException("the answer broke off", e);
        }
    }

    /** Each megabyte comes and goes in time, or the connection is closed. */
    private void copy(InputStream in, OutputStream out, ServerResponse response)
            throws IOException {
        var piece = new byte[COPY_BYTES];
        boolean isOver = false;
        while (!isOver) {
            BodyWatch.Reading reading = watch.beginSilent(response, bodyTimeout);
            boolean inTime;
            try {
                isOver = megabyte(in, out, piece);
            } finally {
                inTime = watch.end(reading);
            }
            if (!inTime) {
                throw new CloseConnectionException("the answer is not taken");
            }
        }
    }

    /** Whether that was the last. */
    private static boolean megabyte(InputStream in, OutputStream out, byte[] piece)
            throws IOException {
        for (int copied = 0; copied < PassingBody.MEGABYTE; ) {
            int read = in.read(piece);
            if (read < 0) {
                return true;
            }
            out.write(piece, 0, read);
            copied += read;
        }
        return false;
    }

    /** As the service has it: of what was sent only the free part is taken, and escaped again. */
    private static String path(Route route, ServerRequest request) {
        String path = route.path().startsWith("/v1/") ? route.path() : "/v1" + route.path();
        if (!path.contains("{id}")) {
            return path;
        }
        String id = request.path().pathParameters().get("id");
        return path.replace("{id}", encoded(id));
    }

    private static String query(ServerRequest request) {
        var query = new StringBuilder();
        for (String name : request.query().names()) {
            for (String value : request.query().all(name)) {
                query.append(query.isEmpty() ? "?" : "&")
                        .append(encoded(name))
                        .append('=')
                        .append(encoded(value));
            }
        }
        return query.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
