package dev.sluice.semantics.encoding;

import ai.onnxruntime.OrtException;

import dev.sluice.semantics.encoding.Encoding.Encoded;
import dev.sluice.semantics.encoding.Encoding.Reason;
import dev.sluice.semantics.encoding.Encoding.Refused;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The model of this module. Nothing is loaded before the first text, which starts that in the
 * background and is refused as {@link Reason#NOT_READY}, as are others until the model is there.
 * Platform threads compute, since the native code would pin the carriers of virtual ones.
 */
public final class TextEncoder implements Embedder {

    private static final Logger LOGGER = LoggerFactory.getLogger(TextEncoder.class);

    /** What is longer is not even looked at: it is too long, or mostly blanks. */
    private static final int CHARACTERS_A_TOKEN = 64;

    private final EncoderSettings settings;
    private final ThreadPoolExecutor threads;
    private final AtomicReference<State> state = new AtomicReference<>(new Asleep());

    /** Loads nothing yet. */
    public TextEncoder(EncoderSettings settings) {
        this.settings = settings;
        this.threads =
                new ThreadPoolExecutor(
                        settings.threads(),
                        settings.threads(),
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(settings.queued()),
                        Thread.ofPlatform().daemon().name("sluice-encoder-", 0).factory(),
                        new ThreadPoolExecutor.AbortPolicy());
    }

    @Override
    public int dimensions() {
        return Model.DIMENSIONS;
    }

    /** Whether texts are encoded now; loads the model in the background if nobody did. */
    @Override
    public boolean ready() {
        return model() instanceof Ready;
    }

    /** Whether texts are encoded, after waiting for the model at most so long. */
    public boolean awaitReady(Duration within) throws InterruptedException {
        if (model() instanceof Loading(CompletableFuture<Void> ended)) {
            try {
                ended.get(within.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        return ready();
    }

    @Override
    public Encoding encode(String text, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        if (text.isBlank()) {
            return new Refused(Reason.EMPTY);
        }
        return switch (model()) {
            case Ready ready -> encode(text, ready, deadline);
            case Asleep _, Loading _ -> new Refused(Reason.NOT_READY);
            case Broken _, Closed _ -> new Refused(Reason.FAILED);
        };
    }

    private Encoding encode(String text, Ready ready, long deadline) {
        long[] pieces =
                text.length() > settings.tokens() * CHARACTERS_A_TOKEN
                        ? new long[0]
                        : ready.words().pieces(text, settings.tokens());
        if (pieces.length == 0) {
            return new Refused(Reason.TOO_LONG);
        }
        var answer = new CompletableFuture<Encoding>();
        try {
            threads.execute(() -> compute(ready.model(), pieces, deadline, answer));
        } catch (RejectedExecutionException e) {
            return new Refused(threads.isShutdown() ? Reason.FAILED : Reason.BUSY);
        }
        return await(answer, deadline);
    }

    private static Encoding await(CompletableFuture<Encoding> answer, long deadline) {
        try {
            return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(false);
            return new Refused(Reason.LATE);
        } catch (ExecutionException e) {
            return new Refused(Reason.FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer.cancel(false);
            return new Refused(Reason.LATE);
        }
    }

    /** On a thread of ours. Whom nobody waits for any more is not computed. */
    private static void compute(
            Model model, long[] pieces, long deadline, CompletableFuture<Encoding> answer) {
        if (answer.isDone() || System.nanoTime() - deadline >= 0) {
            answer.complete(new Refused(Reason.LATE));
            return;
        }
        try {
            answer.complete(new Encoded(model.vector(pieces)));
        } catch (OrtException | RuntimeException e) {
            LOGGER.atWarn().setCause(e).log("text could not be encoded");
            answer.complete(new Refused(Reason.FAILED));
        }
    }

    /** The state, after the one move that asking for it may make: to start loading. */
    private State model() {
        State now = state.get();
        var loading = new Loading(new CompletableFuture<>());
        if (mayLoad(now) && state.compareAndSet(now, loading)) {
            Thread.ofPlatform()
                    .daemon()
                    .name("sluice-encoder-load")
                    .start(() -> load(loading.ended()));
            return loading;
        }
        return now;
    }

    private boolean mayLoad(State now) {
        return switch (now) {
            case Asleep _ -> true;
            case Broken(long since) -> System.nanoTime() - since >= settings.retryAfter().toNanos();
            case Loading _, Ready _, Closed _ -> false;
        };
    }

    private void load(CompletableFuture<Void> ended) {
        long began = System.nanoTime();
        Ready ready = null;
        try {
            var words = new WordPiece(Vocabulary.bundled());
            Model model = Model.load();
            // The first call prepares memory; no caller should wait for that.
            model.vector(words.pieces("ready", settings.tokens()));
            ready = new Ready(model, words);
        } catch (IOException | OrtException | RuntimeException | LinkageError e) {
            LOGGER.atError().setCause(e).log("the encoder could not be loaded");
        }
        publish(ready);
        ended.complete(null);
        LOGGER.atInfo()
                .addKeyValue("ready", ready != null)
                .addKeyValue("millis", (System.nanoTime() - began) / 1_000_000)
                .log("encoder loaded");
    }

    private void publish(@Nullable Ready ready) {
        State next = ready == null ? new Broken(System.nanoTime()) : ready;
        State before = state.getAndUpdate(now -> now instanceof Closed ? now : next);
        if (before instanceof Closed && ready != null) {
            release(ready);
        }
    }

    @Override
    public void close() {
        State before = state.getAndSet(new Closed());
        threads.shutdownNow();
        boolean interrupted = false;
        try {
            // A text takes some tens of milliseconds; its session must outlive it.
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOGGER.atWarn().log("the encoder does not end; its memory stays");
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (before instanceof Ready ready && !interrupted) {
            release(ready);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void release(Ready ready) {
        try {
            ready.model().close();
        } catch (OrtException e) {
            LOGGER.atWarn().setCause(e).log("the encoder could not be released");
        }
    }

    private sealed interface State {}

    private record Asleep() implements State {}

    private record Loading(CompletableFuture<Void> ended) implements State {}

    private record Ready(Model model, WordPiece words) implements State {}

    private record Broken(long since) implements State {}

    private record Closed() implements State {}
}
