package dev.sluice.ingress.http;

import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.ResponseFacts;

import org.jspecify.annotations.Nullable;

/** Answers that were given before, and those that are kept to be given again. */
final class CallCaching {

    private final AnswerCache cache;
    private final CacheReplay replay;
    private final GatewayMetrics metrics;

    CallCaching(AnswerCache cache, CacheReplay replay, GatewayMetrics metrics) {
        this.cache = cache;
        this.replay = replay;
        this.metrics = metrics;
    }

    /** Where the answer to a call is kept, and how its caller wants that. */
    record Place(AnswerKey key, CacheControl control) {}

    /** What came of looking for an answer. */
    sealed interface Lookup {

        /** There was one, and it is given. */
        record Answered(Outcome outcome) implements Lookup {}

        /**
         * There is none.
         *
         * @param place for the one that will be made; null where it is not kept
         */
        record Unanswered(@Nullable Place place) implements Lookup {}
    }

    /** Whether answers of an endpoint are kept. */
    boolean isFor(Endpoint endpoint) {
        return cache.isEnabled() && endpoint.isCacheable();
    }

    /** Answers a call that was answered before, if its caller lets that be. */
    Lookup find(Call call, ModelGroup group) {
        byte[] canonicalHash = call.peek().canonicalHash();
        if (canonicalHash == null) {
            return new Lookup.Unanswered(null);
        }
        CacheControl control =
                CacheControl.of(call.arrival().request().headers(), call.peek().cache());
        AnswerKey key =
                AnswerKey.of(
                        call.facts().caller().tenant(),
                        group.name(),
                        control.namespace(),
                        canonicalHash);
        if (control.mayRead()) {
            CachedAnswer found = cache.find(key, control.maxAgeNanos());
            metrics.cacheAsked(found != null);
            if (found != null) {
                return new Lookup.Answered(replay.answer(call, key, found));
            }
        }
        return new Lookup.Unanswered(control.mayStore() ? new Place(key, control) : null);
    }

    /** Keeps a plain answer, if it is one to be given again. */
    void keep(Place place, Dispatch.Plain plain) {
        if (isFit(plain.facts())) {
            store(
                    place,
                    CachedAnswer.Form.PLAIN,
                    plain.body(),
                    plain.deployment(),
                    plain.costPico());
        }
    }

    /** Keeps a stream, as it was recorded, if it is one to be given again. */
    void keep(Place place, byte[] recorded, Deployment deployment, long costPico) {
        if (CompletionForms.toPlain(recorded).map(CallCaching::isFit).orElse(false)) {
            store(place, CachedAnswer.Form.STREAM, recorded, deployment, costPico);
        }
    }

    /** Errors and tool calls are not given again: the one may pass, the other acts. */
    private static boolean isFit(byte[] body) {
        return isFit(ResponseFacts.of(body, body.length));
    }

    private static boolean isFit(ResponseFacts facts) {
        return facts.wellFormed() && facts.error() == null && !facts.callsTools();
    }

    private void store(
            Place place,
            CachedAnswer.Form form,
            byte[] bytes,
            Deployment deployment,
            long costPico) {
        long wished = place.control().lifetimeNanos();
        cache.store(
                place.key(),
                new CachedAnswer(
                        form,
                        bytes,
                        deployment.model(),
                        deployment.id(),
                        costPico,
                        System.nanoTime(),
                        wished < 0 ? cache.lifetimeNanos() : wished));
    }
}
