package dev.sluice.ingress.dispatch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.admission.DeploymentLimits;
import dev.sluice.ingress.admission.DeploymentLimits.Room;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.candidates.CandidateRules;
import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.capacity.AdaptiveConcurrency;
import dev.sluice.ingress.capacity.Capacity;
import dev.sluice.ingress.fleet.Rests;
import dev.sluice.ingress.routing.Assessment.Opinion;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.routing.Sight;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.schemas.events.DeploymentState;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells how a call would be routed at this moment, by the code that routes it. Nobody is asked, and
 * nothing is booked, reserved or begun.
 */
public final class RouteExplainer {

    private static final MathContext FOUR_DIGITS = new MathContext(4);
    private static final double NANOS_A_SECOND = 1e9;
    private static final double MICROS_A_MILLI = 1e3;
    private static final List<FailureClass> WITH_OWN_STAND_INS =
            List.of(FailureClass.CONTEXT_WINDOW, FailureClass.CONTENT_POLICY);

    private final Dispatcher dispatcher;
    private final DeploymentLimits limits;
    private final FleetView fleet;
    private final Rests rests;
    private final RoutingStrategy strategy;

    RouteExplainer(
            Dispatcher dispatcher,
            DeploymentLimits limits,
            FleetView fleet,
            Rests rests,
            RoutingStrategy strategy) {
        this.dispatcher = dispatcher;
        this.limits = limits;
        this.fleet = fleet;
        this.rests = rests;
        this.strategy = strategy;
    }

    /**
     * Explains a call.
     *
     * @param standIns finds stand-ins by name, as far as the caller may use them
     */
    public ObjectNode explain(
            CallFacts call,
            ModelGroup group,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            StandIns standIns) {
        RequestTraits traits = dispatcher.traits(call, peek, body, length);
        RouterWishes wishes = peek.wishes();
        ObjectNode answer = JsonTrees.MAPPER.createObjectNode();
        answer.put("model", peek.model())
                .put("model_group", group.name())
                .put("strategy", strategy.name())
                .put("score", strategy.measure());
        request(answer.putObject("request"), call, traits);
        ArrayNode groups = answer.putArray("groups");
        explain(groups.addObject(), call, group, peek, traits);
        for (ModelGroup standIn : standIns(group, wishes, standIns)) {
            explain(groups.addObject(), call.of(standIn.name()), standIn, peek, traits);
        }
        ObjectNode others = answer.putObject("other_fallbacks");
        for (FailureClass kind : WITH_OWN_STAND_INS) {
            ArrayNode names = others.putArray(word(kind));
            if (!wishes.disableFallbacks()) {
                dispatcher.fallbackRules().of(group.name(), kind).forEach(names::add);
            }
        }
        return answer;
    }

    private static void request(ObjectNode request, CallFacts call, RequestTraits traits) {
        request.put("endpoint", call.endpoint().path())
                .put("stream", call.stream())
                .put("prompt_bytes", call.promptBytes())
                .put("prompt_bucket", traits.promptBucket())
                .put("expected_tokens", Math.round(traits.expectedTokens()));
        call.tags().forEach(request.putArray("tags")::add);
        call.regions().forEach(request.putArray("regions")::add);
    }

    /** In the order in which they come when every attempt fails by the provider's fault. */
    private List<ModelGroup> standIns(ModelGroup group, RouterWishes wishes, StandIns standIns) {
        FallbackRules rules = dispatcher.fallbackRules();
        List<ModelGroup> found = new ArrayList<>();
        if (wishes.disableFallbacks()) {
            return found;
        }
        Deque<ModelGroup> ahead = new ArrayDeque<>();
        Set<String> planned = new HashSet<>(Set.of(group.name()));
        List<String> asked = wishes.fallbacks();
        ModelGroup next = group;
        while (next != null && found.size() < rules.most()) {
            List<String> names =
                    found.isEmpty() && asked != null
                            ? asked
                            : rules.of(next.name(), FailureClass.SERVER);
            FallbackRules.plan(names, standIns, planned, ahead);
            next = ahead.poll();
            if (next != null) {
                found.add(next);
            }
        }
        return found;
    }

    private void explain(
            ObjectNode answer,
            CallFacts call,
            ModelGroup group,
            RequestPeek.Facts peek,
            RequestTraits traits) {
        var seen = new Deliberation();
        Turns turns = dispatcher.deliberate(call, group, traits, seen);
        answer.put("model_group", group.name()).put("is_last_resort", turns.isLastResort());
        AttemptFailure none = turns.none();
        if (none == null) {
            answer.putNull("refusal");
        } else {
            answer.putObject("refusal").put("status", none.status()).put("why", none.errorClass());
        }
        ArrayNode order = answer.putArray("order");
        turns.order().forEach(candidate -> order.add(candidate.deploymentId()));
        ObjectNode retries = answer.putObject("retries");
        for (FailureClass kind : FailureClass.values()) {
            retries.put(
                    word(kind), dispatcher.retryRules().likely(group.name(), kind, peek.wishes()));
        }
        ArrayNode candidates = answer.putArray("candidates");
        for (Member member : group.members()) {
            String id = member.candidate().deploymentId();
            ObjectNode candidate = candidates.addObject();
            candidate(candidate, member, group.deployment(member.candidate()), seen.of(id));
            figures(candidate.putObject("figures"), id, traits);
            concurrency(candidate.putObject("concurrency"), id);
            limits(candidate.putArray("limits"), id, call, peek);
        }
    }

    private void candidate(
            ObjectNode answer,
            Member member,
            Deployment deployment,
            Deliberation.Standing standing) {
        String id = deployment.id();
        answer.put("deployment_id", id)
                .put("provider", deployment.provider())
                .put("model", deployment.model())
                .put("region", member.region())
                .put("distance_ms", member.distanceMillis())
                .put("order", member.order());
        member.tags().stream().sorted().forEach(answer.putArray("tags")::add);
        answer.put("left_out", standing.leftOut());
        if (CandidateRules.REST.equals(standing.leftOut()) || rests.leftNanos(id) > 0) {
            number(answer, "rests_seconds", rests.leftNanos(id) / NANOS_A_SECOND);
        }
        answer.put("half_awake", rests.isHalfAwake(id));
        if (standing.tier() >= 0) {
            answer.put("tier", standing.tier());
        }
        Opinion opinion = standing.opinion();
        if (opinion != null) {
            answer.put("standing", opinion.standing());
            number(answer, "score", opinion.score());
            number(answer, "chance", standing.chance());
        }
        if (standing.position() >= 0) {
            answer.put("position", standing.position());
        }
    }

    private void figures(ObjectNode answer, String id, RequestTraits traits) {
        Sight sight = fleet.sight(id);
        number(
                answer,
                "expected_ttft_ms",
                sight.expectedMicros(traits.stream(), traits.promptBucket()) / MICROS_A_MILLI);
        number(
                answer,
                "usual_ttft_ms",
                sight.ttftMicros(traits.stream(), traits.promptBucket()) / MICROS_A_MILLI);
        number(answer, "inter_token_ms", sight.interTokenMicros() / MICROS_A_MILLI);
        number(answer, "crowding", sight.crowding());
        number(answer, "lateness", sight.lateness());
        number(answer, "failure_share", sight.failureShare());
        number(answer, "rate_used", sight.rateUsed());
        number(answer, "quiet_seconds", sight.quietSeconds());
        answer.put("in_flight_here", fleet.inFlightHere(id))
                .put("in_flight_elsewhere", fleet.inFlightElsewhere(id))
                .put("requests_this_minute", fleet.requestsThisMinute(id))
                .put("tokens_this_minute", fleet.tokensThisMinute(id));
        DeploymentState state = fleet.state(id);
        if (state != null) {
            ObjectNode told = answer.putObject("fleet");
            told.put("as_of", state.asOf().toString());
            number(told, "ttft_ms", state.ttft().ewmaMicros() / MICROS_A_MILLI);
            number(told, "total_ms", state.total().ewmaMicros() / MICROS_A_MILLI);
            number(told, "error_rate", state.errorRate());
        }
    }

    /** What it seems to bear of this ingress' calls. */
    private void concurrency(ObjectNode answer, String id) {
        Capacity capacity = dispatcher.capacity();
        AdaptiveConcurrency learned = capacity.learned(id);
        boolean binds = capacity.heedsLearned() && learned.binds();
        answer.put("open", learned.open())
                .put("limit", learned.limit())
                .put("binds", binds)
                .put("is_full", binds && learned.open() >= learned.limit());
    }

    private void limits(ArrayNode answer, String id, CallFacts call, RequestPeek.Facts peek) {
        for (Room room :
                limits.peek(
                        id,
                        call.modelGroup(),
                        call.promptBytes(),
                        peek.maxOutputTokens(),
                        call.endpoint().hasOutput())) {
            ObjectNode limit =
                    answer.addObject()
                            .put("limit", room.remaining().kind().word())
                            .put("of", room.remaining().limit())
                            .put("left", room.remaining().left())
                            .put("needed", room.needed())
                            .put("is_enough", room.isEnough());
            number(limit, "resets_seconds", room.remaining().resetsIn().toMillis() / 1e3);
        }
    }

    /** To four digits; JSON has no word for what is unknown or without end. */
    private static void number(ObjectNode answer, String name, double value) {
        if (Double.isFinite(value)) {
            var rounded = new BigDecimal(value).round(FOUR_DIGITS);
            answer.put(name, rounded.stripTrailingZeros());
        } else {
            answer.putNull(name);
        }
    }

    private static String word(FailureClass kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
