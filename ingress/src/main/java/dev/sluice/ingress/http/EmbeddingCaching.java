package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.dispatch.Dispatched;
import dev.sluice.ingress.dispatch.ProviderHeaders;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.metrics.CacheMetrics;
import dev.sluice.ingress.metrics.CacheMetrics.Kind;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.EmbeddingAnswer;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.InputItems;
import dev.sluice.providers.openai.RepeatableAnswer;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.schemas.Digests;
import dev.sluice.schemas.events.SpendEvent.CacheUse;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Embeddings of lists, each input by itself: only those that are not known are asked for. What is
 * kept of each is the answer that it alone would have had.
 */
final class EmbeddingCaching {

    private static final byte[] LIST = "list".getBytes(US_ASCII);

    /** Vectors that cannot be told apart are as good as none. */
    private static final ApiError UNREADABLE =
            ApiError.of(
                    502,
                    "api_error",
                    "The provider's answer does not have a vector for each input.");

    private final AnswerCache cache;
    private final CacheMetrics metrics;

    EmbeddingCaching(AnswerCache cache, CacheMetrics metrics) {
        this.cache = cache;
        this.metrics = metrics;
    }

    /** The hash of a request with one input, by that of all the rest of it. */
    static byte[] hash(byte[] rest, InputItems.Item item) {
        MessageDigest digest = Digests.sha256();
        digest.update(rest);
        return digest.digest(item.hash());
    }

    private static byte[] hash(byte[] rest, InputItems inputs) {
        MessageDigest digest = Digests.sha256();
        digest.update(LIST);
        digest.update(rest);
        for (InputItems.Item item : inputs.items()) {
            digest.update(item.hash());
        }
        return digest.digest();
    }

    /** Looks for the inputs of a list. */
    Rest find(
            Call call,
            ModelGroup group,
            String scope,
            CacheControl control,
            CachedAnswer.Labels labels,
            InputItems inputs) {
        byte[] rest = requireNonNull(call.peek().canonicalHash(), "it has no hash");
        List<AnswerKey> keys =
                inputs.items().stream()
                        .map(item ->
                                AnswerKey.of(
                                        scope,
                                        labels.modelGroup(),
                                        labels.namespace(),
                                        hash(rest, item)))
                        .toList();
        List<AnswerCache.@Nullable Found> found =
                control.mayRead()
                        ? cache.find(keys, control.maxAgeMillis())
                        : Collections.nCopies(keys.size(), null);
        AnswerKey key =
                AnswerKey.of(scope, labels.modelGroup(), labels.namespace(), hash(rest, inputs));
        return new Rest(key, keys, inputs, known(group, key, found), control);
    }

    /**
     * Vectors of two models cannot be compared: only those of the group's present ones count. Nor
     * do those from before the list as a whole was declared invalid, by the key that its callers
     * see.
     */
    private List<Optional<Known>> known(
            ModelGroup group, AnswerKey list, List<AnswerCache.@Nullable Found> found) {
        return found.stream().map(one -> known(group, list, one)).toList();
    }

    private Optional<Known> known(
            ModelGroup group, AnswerKey list, AnswerCache.@Nullable Found found) {
        return found == null
                        || !CallCaching.isOf(group, found)
                        || cache.isInvalid(list, found.answer())
                ? Optional.empty()
                : Known.of(found);
    }

    /** The same list, of which some may be in process by now; nobody waits twice for others. */
    Rest again(ModelGroup group, Rest before) {
        List<Optional<Known>> near = new ArrayList<>(before.known());
        for (int i = 0; i < near.size(); i++) {
            if (near.get(i).isEmpty()) {
                AnswerCache.Found found =
                        cache.near(before.keys().get(i), before.control().maxAgeMillis());
                near.set(i, known(group, before.key(), found));
            }
        }
        return new Rest(before.key(), before.keys(), before.inputs(), near, before.control());
    }

    /** An input's answer, and where it was. */
    record Known(EmbeddingAnswer vectors, CachedAnswer answer, AnswerCache.Tier tier) {

        static Optional<Known> of(AnswerCache.@Nullable Found found) {
            if (found == null) {
                return Optional.empty();
            }
            byte[] bytes = found.answer().bytes();
            return EmbeddingAnswer.read(bytes, bytes.length)
                    .filter(vectors -> vectors.size() == 1)
                    .map(vectors -> new Known(vectors, found.answer(), found.tier()));
        }

        EmbeddingAnswer.Part part() {
            return new EmbeddingAnswer.Part(vectors, 0, vectors.promptTokens());
        }
    }

    /**
     * A list of inputs, of which some may be known.
     *
     * @param key of the list as a whole
     * @param keys of the inputs
     */
    record Rest(
            AnswerKey key,
            List<AnswerKey> keys,
            InputItems inputs,
            List<Optional<Known>> known,
            CacheControl control) {

        /** Whether nothing has to be asked for. */
        boolean isNothing() {
            return known.stream().allMatch(Optional::isPresent);
        }

        /** Whether all has to be asked for. */
        boolean isAll() {
            return known.stream().noneMatch(Optional::isPresent);
        }

        /** The same as if nothing of it were known. */
        Rest unknown() {
            return new Rest(
                    key, keys, inputs, Collections.nCopies(keys.size(), Optional.empty()), control);
        }

        /** The farthest place that something was found at. */
        AnswerCache.Tier tier() {
            return known.stream()
                            .flatMap(Optional::stream)
                            .anyMatch(one -> one.tier() == AnswerCache.Tier.SHARED)
                    ? AnswerCache.Tier.SHARED
                    : AnswerCache.Tier.PROCESS;
        }

        /** What the known inputs had cost. */
        long savedPico() {
            return known.stream()
                    .flatMap(Optional::stream)
                    .mapToLong(one -> one.answer().costPico())
                    .sum();
        }

        AnswerKey firstMissing() {
            return keys.get(
                    IntStream.range(0, keys.size())
                            .filter(i -> known.get(i).isEmpty())
                            .findFirst()
                            .orElseThrow());
        }

        int knownInputs() {
            return (int) known.stream().filter(Optional::isPresent).count();
        }

        /** The answer where all is known; as old as its oldest part. */
        CachedAnswer whole(long nowMillis) {
            List<EmbeddingAnswer.Part> parts = new ArrayList<>();
            long completeAt = nowMillis;
            long took = 0;
            for (Optional<Known> one : known) {
                Known part = one.orElseThrow();
                parts.add(part.part());
                completeAt = Math.min(completeAt, part.answer().completeAtMillis());
                took = Math.max(took, part.answer().tookMicros());
            }
            Known first = known.getFirst().orElseThrow();
            return new CachedAnswer(
                    CachedAnswer.Form.PLAIN,
                    EmbeddingAnswer.of(first.vectors(), parts),
                    first.answer().contentType(),
                    first.answer().model(),
                    first.answer().deploymentId(),
                    savedPico(),
                    took,
                    completeAt - took / 1000,
                    first.answer().lifetimeMillis(),
                    first.answer().labels());
        }

        /** The call with those inputs alone that are not known; null where that is all of them. */
        @Nullable Call call(Call whole) {
            if (isAll()) {
                return null;
            }
            CallerWire.Request.Understood request = whole.request();
            byte[] body = inputs.bodyOf(request.bytes(), request.length(), missing());
            if (!(RequestPeek.of(
                            Endpoint.EMBEDDINGS, body, body.length, false, whole.peek().model())
                    instanceof RequestPeek.Facts read)) {
                throw new IllegalStateException("a request for less is one too");
            }
            RequestPeek.Facts peek = read.with(whole.peek().wishes());
            CallFacts facts = whole.facts();
            return new Call(
                    whole.arrival(),
                    facts.asking(
                            peek.promptBytes(),
                            facts.size().of(body, body.length, peek.promptBytes()),
                            new CacheUse(kind(tier()).word(), key.text(), savedPico())),
                    peek,
                    new CallerWire.Request.Understood(
                            body,
                            body.length,
                            request.endpoint(),
                            request.wire(),
                            request.deploymentId()),
                    whole.ticket());
        }

        private List<InputItems.Item> missing() {
            List<InputItems.Item> missing = new ArrayList<>();
            for (int i = 0; i < known.size(); i++) {
                if (known.get(i).isEmpty()) {
                    missing.add(inputs.items().get(i));
                }
            }
            return missing;
        }

        /** All vectors in their order, with those that came now. */
        byte[] merged(EmbeddingAnswer fresh) {
            List<EmbeddingAnswer.Part> parts = new ArrayList<>();
            long[] tokens = InputItems.shares(missing(), fresh.promptTokens());
            int next = 0;
            for (Optional<Known> one : known) {
                if (one.isPresent()) {
                    parts.add(one.get().part());
                } else {
                    parts.add(new EmbeddingAnswer.Part(fresh, next, tokens[next]));
                    next++;
                }
            }
            return EmbeddingAnswer.of(fresh, parts);
        }
    }

    static Kind kind(AnswerCache.Tier tier) {
        return switch (tier) {
            case PROCESS -> Kind.PROCESS;
            case SHARED -> Kind.REDIS;
        };
    }

    /** Keeps what came, and puts it together with what was known. */
    Dispatched completed(Call call, CallCaching.Place place, Rest rest, Dispatched dispatched) {
        if (!(dispatched.answer() instanceof Dispatch.Plain plain)) {
            return dispatched;
        }
        List<InputItems.Item> missing = rest.missing();
        EmbeddingAnswer fresh =
                EmbeddingAnswer.read(plain.body(), plain.body().length)
                        .filter(answer -> answer.size() == missing.size())
                        .orElse(null);
        boolean isFit = RepeatableAnswer.plain(Endpoint.EMBEDDINGS, plain.facts(), plain.body());
        boolean isOwn = dispatched.trail().modelGroup().equals(place.modelGroup());
        if (fresh != null && isFit && isOwn && place.control().mayStore()) {
            store(place, rest, fresh, plain);
        }
        if (rest.isAll()) {
            return dispatched;
        }
        if (fresh == null || !isFit) {
            return new Dispatched(unreadable(plain), dispatched.trail(), /* isWhole= */ false);
        }
        call.head().number(CallHeaders.CACHED_INPUTS, rest.knownInputs());
        metrics.saved(kind(rest.tier()), place.modelGroup(), rest.savedPico());
        return new Dispatched(
                new Dispatch.Plain(
                        plain.deployment(),
                        rest.merged(fresh),
                        plain.contentType(),
                        plain.facts(),
                        plain.costPico(),
                        plain.upstreamNanos(),
                        plain.attempts(),
                        plain.headers()),
                dispatched.trail(),
                /* isWhole= */ false);
    }

    private static Dispatch unreadable(Dispatch.Plain plain) {
        Deployment deployment = plain.deployment();
        return new Dispatch.Refused(
                UNREADABLE.status(),
                UNREADABLE.body(),
                -1,
                deployment,
                plain.attempts(),
                ProviderHeaders.NONE);
    }

    private void store(
            CallCaching.Place place, Rest rest, EmbeddingAnswer fresh, Dispatch.Plain plain) {
        List<InputItems.Item> missing = rest.missing();
        long[] tokens = InputItems.shares(missing, fresh.promptTokens());
        long[] costs = InputItems.shares(missing, plain.costPico());
        int next = 0;
        for (int i = 0; i < rest.keys().size(); i++) {
            if (rest.known().get(i).isEmpty()) {
                cache.store(
                        rest.keys().get(i),
                        place.answer(
                                CachedAnswer.Form.PLAIN,
                                fresh.alone(next, tokens[next]),
                                plain.contentType(),
                                plain.deployment(),
                                costs[next]));
                next++;
            }
        }
    }
}
