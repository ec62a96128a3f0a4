package dev.sluice.ingress.http;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.cache.Flight;
import dev.sluice.ingress.cache.Flights;
import dev.sluice.ingress.dispatch.Dispatch;
import dev.sluice.ingress.dispatch.Dispatched;
import dev.sluice.ingress.metrics.CacheMetrics;
import dev.sluice.ingress.metrics.CacheMetrics.Kind;
import dev.sluice.ingress.metrics.GatewayMetrics.Outcome;
import dev.sluice.ingress.similar.SimilarAnswers;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.InputItems;
import dev.sluice.providers.openai.Question;
import dev.sluice.providers.openai.RepeatableAnswer;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/** Answers that were given before, and those that are kept to be given again. */
final class CallCaching {

    private final AnswerCache cache;
    private final Flights flights;
    private final CachePolicy policy;
    private final CacheReplay replay;
    private final CacheFollowing following;
    private final EmbeddingCaching embeddings;
    private final @Nullable SimilarAnswers similar;
    private final Bounds bounds;
    private final CacheMetrics metrics;

    /** What a call's region and tags leave of a group; those for whom it differs share nothing. */
    @FunctionalInterface
    interface Bounds {

        /** Empty where they leave all of it. */
        String of(ModelGroup group, CallFacts call);
    }

    CallCaching(
            AnswerCache cache,
            @Nullable SimilarAnswers similar,
            Bounds bounds,
            Flights flights,
            CachePolicy policy,
            CacheReplay replay,
            CacheMetrics metrics) {
        this.cache = cache;
        this.flights = flights;
        this.policy = policy;
        this.replay = replay;
        this.following = new CacheFollowing(replay, metrics);
        this.embeddings = new EmbeddingCaching(cache, metrics);
        this.similar = similar;
        this.bounds = bounds;
        this.metrics = metrics;
    }

    /**
     * Where the answer to a call is kept, and how its caller wants that.
     *
     * @param flight in which others may follow it; null for an answer that is not kept
     * @param isLeader whether others know of the flight
     * @param rest what of a list of inputs is asked for; null for all other calls
     * @param question by which similar ones will find the answer; null where none shall
     */
    record Place(
            AnswerKey key,
            String modelGroup,
            CacheControl control,
            CachedAnswer.Labels labels,
            Asked asked,
            @Nullable Flight flight,
            boolean isLeader,
            EmbeddingCaching.@Nullable Rest rest,
            SimilarAnswers.@Nullable Asked question) {

        Place(
                AnswerKey key,
                CacheControl control,
                CachedAnswer.Labels labels,
                Asked asked,
                EmbeddingCaching.@Nullable Rest rest,
                SimilarAnswers.@Nullable Asked question) {
            this(key, labels.modelGroup(), control, labels, asked, null, false, rest, question);
        }

        Place with(@Nullable Flight leading) {
            return new Place(
                    key,
                    modelGroup,
                    control,
                    labels,
                    asked,
                    leading == null && control.mayStore() ? new Flight() : leading,
                    leading != null,
                    rest,
                    question);
        }

        Place with(EmbeddingCaching.Rest rest) {
            return new Place(
                    key, modelGroup, control, labels, asked, flight, isLeader, rest, question);
        }

        /** The same where all of a list is asked for, though some of it is known. */
        Place ofAll() {
            return rest == null ? this : with(rest.unknown());
        }

        /** The answer as it is kept. */
        CachedAnswer answer(
                CachedAnswer.Form form,
                byte[] bytes,
                String contentType,
                Deployment deployment,
                long costPico) {
            return new CachedAnswer(
                    form,
                    bytes,
                    contentType,
                    deployment.model(),
                    deployment.id(),
                    costPico,
                    (System.nanoTime() - asked.nanos()) / 1000,
                    asked.millis(),
                    control.lifetimeMillis(),
                    labels);
        }
    }

    /** When a call was asked, by both clocks. */
    record Asked(long millis, long nanos) {}

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

    private static final Lookup.Unanswered UNKEPT = new Lookup.Unanswered(null);

    /**
     * Whether answers are kept.
     *
     * @param callType of the route that was called
     * @param endpoint that it is answered by
     */
    boolean isFor(String callType, Endpoint endpoint) {
        return policy.isFor(callType, endpoint);
    }

    /** Answers a call that was answered before, if its caller lets that be. */
    Lookup find(Call call, ModelGroup group) {
        byte[] canonicalHash = call.peek().canonicalHash();
        // Who tries out what happens when a model fails wants to see that.
        if (canonicalHash == null || call.peek().wishes().pretence() != null) {
            return UNKEPT;
        }
        CacheControl control =
                policy.control(call.arrival().request().headers(), call.peek().cache(), group);
        if (control == null) {
            return UNKEPT;
        }
        String scope = policy.scope(call.facts().caller()) + bounds.of(group, call.facts());
        InputItems inputs = call.peek().inputs();
        if (inputs != null && inputs.items().size() > 1) {
            return findAll(call, group, scope, control, inputs);
        }
        byte[] hash =
                inputs == null
                        ? canonicalHash
                        : EmbeddingCaching.hash(canonicalHash, inputs.items().getFirst());
        AnswerKey key = AnswerKey.of(scope, group.name(), control.namespace(), hash);
        long sharedUntil = System.nanoTime() + AnswerCache.LONGEST_WAIT.toNanos();
        if (control.mayRead()) {
            AnswerCache.Found found = cache.find(key, control.maxAgeMillis());
            if (found != null && isOf(group, found)) {
                return hit(call, key, found);
            }
        }
        long until = until(sharedUntil);
        // A fresh answer that was asked for is one that similar questions may find, too.
        SimilarAnswers.Asked question =
                inputs == null ? question(call, group, scope, control, until) : null;
        Lookup alike =
                question == null || !control.mayRead()
                        ? null
                        : alike(call, group, question, control, until);
        return alike != null
                ? alike
                : sent(
                        call,
                        group,
                        new Place(
                                key,
                                control,
                                labels(call, group, control),
                                asked(call),
                                null,
                                question));
    }

    /** A changed config may have another model behind the name. */
    static boolean isOf(ModelGroup group, AnswerCache.Found found) {
        return group.deployment(found.answer().deploymentId()) != null;
    }

    /** When a call no longer waits for others: what it waited for equal ones counts too. */
    private long until(long sharedUntil) {
        long alikeUntil =
                similar == null ? sharedUntil : System.nanoTime() + similar.deadline().toNanos();
        return alikeUntil - sharedUntil < 0 ? alikeUntil : sharedUntil;
    }

    /** What similar questions are sought by; null where none are. */
    private SimilarAnswers.@Nullable Asked question(
            Call call, ModelGroup group, String scope, CacheControl control, long until) {
        SimilarAnswers known = similar;
        return known == null
                ? null
                : Question.of(
                                call.facts().endpoint(),
                                call.request().bytes(),
                                call.request().length(),
                                call.peek().model())
                        .map(question ->
                                known.ask(
                                        question, scope, group.name(), control.namespace(), until))
                        .orElse(null);
    }

    /** The answer to a similar question; null if there is none that will do. */
    private @Nullable Lookup alike(
            Call call,
            ModelGroup group,
            SimilarAnswers.Asked question,
            CacheControl control,
            long until) {
        SimilarAnswers known = requireNonNull(similar, "nobody knows of questions");
        SimilarAnswers.Likely likely = known.find(question);
        if (likely == null) {
            return null;
        }
        Duration left = Duration.ofNanos(until - System.nanoTime());
        AnswerCache.Found found = cache.find(likely.key(), control.maxAgeMillis(), left);
        if (found == null || !isOf(group, found)) {
            // It may be there for others: too old for this caller, or Redis away.
            if (control.maxAgeMillis() == Long.MAX_VALUE && !cache.isShared()) {
                known.forget(likely.key());
            }
            return null;
        }
        call.head().text(CallHeaders.SEMANTIC_SIMILARITY, similarity(likely.similarity()));
        return hit(call, likely.key(), found.answer(), Kind.SEMANTIC);
    }

    /** Four decimals, never rounded up to an equality that is none. */
    private static String similarity(double cosine) {
        return BigDecimal.valueOf(cosine).setScale(4, RoundingMode.DOWN).toPlainString();
    }

    private Lookup findAll(
            Call call, ModelGroup group, String scope, CacheControl control, InputItems inputs) {
        CachedAnswer.Labels labels = labels(call, group, control);
        EmbeddingCaching.Rest rest = embeddings.find(call, group, scope, control, labels, inputs);
        if (rest.isNothing()) {
            return whole(call, rest);
        }
        return sent(call, group, new Place(rest.key(), control, labels, asked(call), rest, null));
    }

    private static CachedAnswer.Labels labels(Call call, ModelGroup group, CacheControl control) {
        return new CachedAnswer.Labels(group.name(), control.namespace(), call.facts().tags());
    }

    private Lookup hit(Call call, AnswerKey key, AnswerCache.Found found) {
        return hit(call, key, found.answer(), EmbeddingCaching.kind(found.tier()));
    }

    private Lookup hit(Call call, AnswerKey key, CachedAnswer answer, Kind kind) {
        metrics.hit(
                kind,
                call.facts().modelGroup(),
                answer.costPico(),
                Duration.ofNanos(answer.tookMicros() * 1000 - call.elapsedNanos()));
        return new Lookup.Answered(
                replay.answer(call, key, answer, kind, answer.ageMillis(cache.nowMillis())));
    }

    /** Nothing is kept that will do: who asks the same at this moment may have it soon. */
    private Lookup sent(Call call, ModelGroup group, Place place) {
        CacheControl control = place.control();
        EmbeddingCaching.Rest rest = place.rest();
        if (!control.mayStore() && (rest == null || rest.isAll())) {
            metrics.missed(place.modelGroup());
            return UNKEPT;
        }
        if (!policy.coalesces() || !control.mayFollow()) {
            return missed(place.with((Flight) null));
        }
        return switch (flights.join(place.key())) {
            case Flights.Role.Alone() -> again(call, group, place.with((Flight) null));
            case Flights.Role.Following(var follower) -> {
                Outcome outcome = following.follow(call, group, place, follower);
                yield outcome == null
                        ? again(call, group, place.with((Flight) null))
                        : new Lookup.Answered(outcome);
            }
            case Flights.Role.Leader(var flight) -> lead(call, group, place.with(flight));
        };
    }

    /** Looks once more: the last leader may have landed since. */
    private Lookup lead(Call call, ModelGroup group, Place leading) {
        boolean leads = false;
        try {
            Lookup found = again(call, group, leading);
            leads = found instanceof Lookup.Unanswered;
            return found;
        } finally {
            if (!leads) {
                done(leading);
            }
        }
    }

    /** Looks once more in process, where an equal call may have landed since. */
    private Lookup again(Call call, ModelGroup group, Place place) {
        EmbeddingCaching.Rest rest = place.rest();
        AnswerKey missing = rest == null ? place.key() : rest.firstMissing();
        AnswerCache.Found found = cache.near(missing, place.control().maxAgeMillis());
        if (found == null || !isOf(group, found)) {
            return missed(place);
        }
        if (rest == null) {
            land(place, found.answer());
            return hit(call, missing, found);
        }
        EmbeddingCaching.Rest less = embeddings.again(group, rest);
        if (!less.isNothing()) {
            return missed(place.with(less));
        }
        CachedAnswer whole = less.whole(cache.nowMillis());
        land(place, whole);
        return hit(call, less.key(), new AnswerCache.Found(whole, less.tier()));
    }

    /** Who follows already need not wait until the leader's caller has read his answer. */
    private void land(Place leading, CachedAnswer answer) {
        Flight flight = leading.flight();
        if (flight != null) {
            flight.land(answer);
        }
        done(leading);
    }

    private Lookup whole(Call call, EmbeddingCaching.Rest rest) {
        CachedAnswer whole = rest.whole(cache.nowMillis());
        return hit(call, rest.key(), new AnswerCache.Found(whole, rest.tier()));
    }

    private Lookup missed(Place place) {
        metrics.missed(place.modelGroup());
        return new Lookup.Unanswered(place);
    }

    /** What of a call is asked for where a part of its answer is known; null for all of it. */
    static @Nullable Call rest(Call call, @Nullable Place place) {
        EmbeddingCaching.Rest rest = place == null ? null : place.rest();
        return rest == null ? null : rest.call(call);
    }

    /** The whole answer, of what was known and what was asked for. */
    Dispatched completed(Call call, @Nullable Place place, Dispatched dispatched) {
        EmbeddingCaching.Rest rest = place == null ? null : place.rest();
        return place == null || rest == null
                ? dispatched
                : embeddings.completed(call, place, rest, dispatched);
    }

    /**
     * Keeps a plain answer, if it is one to be given again.
     *
     * @return whether it is, under the key of the call
     */
    boolean keep(Place place, Call call, Dispatch.Plain plain) {
        if (!RepeatableAnswer.plain(call.facts().endpoint(), plain.facts(), plain.body())) {
            return false;
        }
        EmbeddingCaching.Rest rest = place.rest();
        // The parts of a list are kept by themselves: see EmbeddingCaching.
        return keep(
                place,
                place.answer(
                        CachedAnswer.Form.PLAIN,
                        plain.body(),
                        plain.contentType(),
                        plain.deployment(),
                        plain.costPico() + (rest == null ? 0 : rest.savedPico())),
                rest == null);
    }

    /** Keeps a stream, as it was recorded, if it is one to be given again. */
    void keep(Place place, Call call, byte[] recorded, Deployment deployment, long costPico) {
        if (RepeatableAnswer.stream(call.facts().endpoint(), recorded)) {
            keep(
                    place,
                    place.answer(CachedAnswer.Form.STREAM, recorded, "", deployment, costPico),
                    /* isStored= */ true);
        }
    }

    private boolean keep(Place place, CachedAnswer answer, boolean isStored) {
        boolean isKept = isStored && cache.store(place.key(), answer);
        SimilarAnswers.Asked question = place.question();
        if (isKept && question != null && similar != null) {
            similar.keep(question, place.key(), Duration.ofMillis(answer.lifetimeMillis()));
        }
        Flight flight = place.flight();
        if (flight != null) {
            flight.land(answer);
        }
        return isKept;
    }

    /** The call of a place has ended, however it did. */
    void done(Place place) {
        Flight flight = place.flight();
        if (flight != null && place.isLeader()) {
            flights.landed(place.key(), flight);
        }
    }

    private Asked asked(Call call) {
        long elapsed = call.elapsedNanos();
        return new Asked(cache.nowMillis() - elapsed / 1_000_000, System.nanoTime() - elapsed);
    }
}
