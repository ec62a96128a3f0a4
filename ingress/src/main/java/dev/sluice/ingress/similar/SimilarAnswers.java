package dev.sluice.ingress.similar;

import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.fleet.Background;
import dev.sluice.providers.openai.Question;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.semantics.encoding.Embedder;
import dev.sluice.semantics.encoding.EncoderSettings;
import dev.sluice.semantics.encoding.Encoding;
import dev.sluice.semantics.encoding.TextEncoder;
import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.guards.Fingerprints;
import dev.sluice.semantics.index.Found;
import dev.sluice.semantics.index.IndexBounds;
import dev.sluice.semantics.index.Scope;
import dev.sluice.semantics.index.SimilarityIndex;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the answer to a question that was asked before in other words. Two questions are compared
 * only where all else is equal: tenant, model group, name space, what went before, the system's
 * words, tools and settings.
 *
 * <p>Of a question its vector and its fingerprint are kept, not its text; of an answer its key.
 */
public final class SimilarAnswers implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SimilarAnswers.class);

    /** Rises with every change of what makes two requests comparable. */
    private static final String POLICY = "similar/1 ";

    private static final int KEY_BYTES = 48;
    private static final Duration EXPIRING = Duration.ofMinutes(1);

    private final SimilarSettings settings;
    private final Embedder embedder;
    private final Fingerprints fingerprints;
    private final SharedQuestions shared;
    private final SimilarityIndex<AnswerKey> index;
    private final SimilarMetrics metrics;
    private final Background expiring =
            new Background("sluice-similar-expiry", EXPIRING, this::expire);

    /**
     * Knows no question yet.
     *
     * @param fingerprints by the same key on all ingresses that share questions
     */
    public SimilarAnswers(
            SimilarSettings settings,
            Embedder embedder,
            Fingerprints fingerprints,
            SharedQuestions shared,
            MeterRegistry registry) {
        this.settings = settings;
        this.embedder = embedder;
        this.fingerprints = fingerprints;
        this.shared = shared;
        this.index =
                new SimilarityIndex<>(
                        new IndexBounds(
                                settings.entries(), settings.entriesInScope(), settings.bytes()),
                        embedder.dimensions(),
                        System::nanoTime);
        this.metrics = new SimilarMetrics(registry);
        Gauge.builder("sluice_semantic_entries", index, known -> known.size().entries())
                .description("Questions that this ingress can find.")
                .register(registry);
        Gauge.builder("sluice_semantic_bytes", index, known -> known.size().bytes())
                .description("Bytes that they take.")
                .register(registry);
    }

    /**
     * By a config; null where it asks for no such thing.
     *
     * @param redis where answers are shared; empty for nowhere
     * @param seal what the gateways of this fleet know, null for nothing
     */
    public static @Nullable SimilarAnswers of(
            CacheSettings cache,
            Optional<Connection> redis,
            @Nullable Secret seal,
            MeterRegistry registry) {
        if (!cache.enabled() || !cache.semantic()) {
            return null;
        }
        BigDecimal threshold = cache.similarityThreshold();
        return new SimilarAnswers(
                SimilarSettings.of(
                        threshold == null
                                ? SimilarSettings.USUAL_THRESHOLD
                                : threshold.doubleValue()),
                new TextEncoder(EncoderSettings.DEFAULT),
                fingerprints(seal),
                redis.isEmpty()
                        ? SharedQuestions.NONE
                        : new RedisQuestions(
                                redis.get(), cache.prefix(), seal, cache.ttl(), registry),
                registry);
    }

    private static Fingerprints fingerprints(@Nullable Secret seal) {
        byte[] key =
                seal == null
                        ? new byte[Fingerprints.KEY_BYTES]
                        : Arrays.copyOf(
                                new RecordSignature(seal).of("fingerprints", new byte[0]),
                                Fingerprints.KEY_BYTES);
        try {
            return new Fingerprints(key, Vocabulary.bundled());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A question as it is compared.
     *
     * @param scope within which answers may be exchanged
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Asked(Scope scope, float[] vector, Fingerprint print) {}

    /** The answer to a similar question, if it is still kept. */
    public record Likely(AnswerKey key, double similarity) {}

    /** Where questions of a caller may find answers; {@code restHash} is all but the question. */
    private static Scope scope(String tenant, String group, String namespace, byte[] restHash) {
        AnswerKey key = AnswerKey.of(tenant, group, POLICY + namespace, restHash);
        return new Scope(key.a(), key.b(), key.c(), key.d());
    }

    /** How long a call waits, at most, for the answer to a similar question. */
    public Duration deadline() {
        return settings.deadline();
    }

    /**
     * A question made ready to be compared; null where it cannot be in time. It waits for at most
     * the deadline of the settings.
     *
     * @param sharedUntilNanos when to wait no more for what others know
     */
    public @Nullable Asked ask(
            Question question,
            String tenant,
            String modelGroup,
            String namespace,
            long sharedUntilNanos) {
        long began = System.nanoTime();
        Scope scope = scope(tenant, modelGroup, namespace, question.restHash());
        // What others know of the scope is fetched while the vector is made.
        SharedQuestions.Fetch fetch = shared.fetch(scope);
        return switch (embedder.encode(question.text(), settings.deadline())) {
            case Encoding.Refused(var reason) -> {
                metrics.refused(reason);
                yield null;
            }
            case Encoding.Encoded(float[] vector) -> {
                long now = System.nanoTime();
                metrics.encoded(Duration.ofNanos(now - began));
                long left =
                        Math.min(
                                settings.deadline().toNanos() - (now - began),
                                sharedUntilNanos - now);
                if (left > 0) {
                    fetch.await(Duration.ofNanos(left));
                }
                yield new Asked(scope, vector, fingerprints.of(question.text()));
            }
        };
    }

    /** The answer to the most similar question that no guard objects to; null for none. */
    public @Nullable Likely find(Asked asked) {
        return switch (index.find(
                asked.scope(), asked.vector(), asked.print(), settings.threshold())) {
            case Found.Hit<AnswerKey> hit -> {
                metrics.hit();
                yield new Likely(hit.value(), hit.similarity());
            }
            case Found.Miss<AnswerKey> miss -> {
                metrics.missed();
                if (miss.refusedBy() != null) {
                    metrics.refused(miss.refusedBy());
                }
                yield null;
            }
        };
    }

    /** A question whose answer is not kept any more: it is not found again. */
    public void forget(AnswerKey key) {
        metrics.gone();
        index.remove(key.text());
    }

    /**
     * Forgets questions whose answers were declared invalid all at once or by their keys. Those by
     * model, name space or tag are found no more in the cache; their questions go with their time.
     *
     * @param values which of each scope
     */
    public void declared(Map<CacheEvent.Scope, List<String>> values) {
        if (values.containsKey(CacheEvent.Scope.ALL)) {
            index.clear();
        }
        values.getOrDefault(CacheEvent.Scope.KEY, List.of()).forEach(index::remove);
    }

    /** Gives back the room of what has run out, and says how many that were. */
    int expire() {
        return index.removeExpired();
    }

    /** The answer to this question is kept under this key for so long. */
    public void keep(Asked asked, AnswerKey key, Duration lifetime) {
        learn(asked, key, lifetime);
        shared.tell(asked, key, lifetime);
    }

    private void learn(Asked asked, AnswerKey key, Duration lifetime) {
        if (asked.vector().length == embedder.dimensions() && lifetime.isPositive()) {
            index.add(
                    asked.scope(),
                    key.text(),
                    asked.vector(),
                    asked.print(),
                    key,
                    KEY_BYTES,
                    lifetime);
        }
    }

    /** Begins to follow what other ingresses are asked, and loads the model meanwhile. */
    public void start() {
        LOGGER.atInfo()
                .addKeyValue("ready", embedder.ready())
                .addKeyValue("threshold", settings.threshold())
                .log("similar questions share answers");
        shared.start(this::learn);
        expiring.start();
    }

    @Override
    public void close() {
        expiring.close(Duration.ZERO);
        shared.close();
        embedder.close();
    }
}
