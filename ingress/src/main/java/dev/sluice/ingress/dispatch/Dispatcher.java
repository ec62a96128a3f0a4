package dev.sluice.ingress.dispatch;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.ingress.admission.DeploymentLimits;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.candidates.CandidateRules;
import dev.sluice.ingress.candidates.Choice;
import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.candidates.Wanted;
import dev.sluice.ingress.capacity.Capacity;
import dev.sluice.ingress.capacity.Entry;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.fleet.DecisionPublisher;
import dev.sluice.ingress.fleet.Leave;
import dev.sluice.ingress.fleet.Rests;
import dev.sluice.ingress.routing.Assessment;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.HedgingSettings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * Asks deployments until one answers. The first byte that a caller sees ends all trying; {@link
 * Trial} is the trying of one call.
 */
public final class Dispatcher {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration LONGEST_IDLE = Duration.ofMinutes(10);

    /** Of one exchange, whatever the config says. */
    private static final Duration LONGEST = Duration.ofDays(1);

    /** What chats have on average in recorded traffic, rounded. */
    private static final int USUAL_OUTPUT_TOKENS = 250;

    private final UpstreamTransport transport;
    private final RoutingStrategy strategy;
    private final FleetView fleet;
    private final Rests rests;
    private final DeploymentLimits limits;
    private final Capacity capacity;
    private final CallBooks books;
    private final DecisionPublisher decisions;
    private final @Nullable String region;
    private final RouterSettings settings;
    private final AnswerReader answers = new AnswerReader();
    private final CandidateRules candidateRules;
    private final RetryRules retryRules;
    private final FallbackRules fallbackRules;
    private final RetryBudget retryBudget;
    private final HedgeRules hedgeRules;

    /**
     * A dispatcher over one transport.
     *
     * @param decisions where it is told how some calls were routed
     * @param region where the gateway stands, null where nobody said
     */
    public Dispatcher(
            UpstreamTransport transport,
            RoutingStrategy strategy,
            FleetView fleet,
            Rests rests,
            DeploymentLimits limits,
            Capacity capacity,
            RetryBudget retryBudget,
            CallBooks books,
            DecisionPublisher decisions,
            @Nullable String region,
            RouterSettings settings,
            HedgingSettings hedging) {
        this.transport = transport;
        this.strategy = strategy;
        this.fleet = fleet;
        this.rests = rests;
        this.limits = limits;
        this.capacity = capacity;
        this.retryBudget = retryBudget;
        this.books = books;
        this.decisions = decisions;
        this.region = region;
        this.settings = settings;
        this.candidateRules = CandidateRules.of(settings.rules());
        this.retryRules = new RetryRules(settings);
        this.fallbackRules = new FallbackRules(settings);
        this.hedgeRules = new HedgeRules(hedging);
    }

    /**
     * Serves a call by the group that was asked for, or by one that stands in for it.
     *
     * @param standIns finds stand-ins by name, as far as this caller may use them
     */
    public Dispatched dispatch(
            CallFacts call,
            ModelGroup group,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            StandIns standIns) {
        return dispatch(call, group, peek, body, length, standIns, null);
    }

    /**
     * The same of a part of a call.
     *
     * @param whole what stand-ins are asked for, and from the first of them on all who come later;
     *     null for the same
     */
    public Dispatched dispatch(
            CallFacts call,
            ModelGroup group,
            RequestPeek.Facts peek,
            byte[] body,
            int length,
            StandIns standIns,
            @Nullable WholeCall whole) {
        retryBudget.called();
        long deadlineNanos = System.nanoTime() + settings.timeout().toNanos();
        var asked = new WholeCall(call, peek, body, length);
        return new Trial(this, books, asked, group, deadlineNanos, standIns, whole).run();
    }

    /** Sends a call as it is, once: to try again what nobody understands could do it twice. */
    public Dispatch pass(
            CallFacts call,
            Deployment deployment,
            String method,
            UpstreamTarget target,
            List<Slice> body) {
        OpenAttempt attempt =
                books.open(
                        call,
                        new RequestTraits(call.stream(), call.promptBytes()),
                        deployment,
                        1,
                        Leave.ANY);
        if (attempt == null) {
            return booksAreFull(0);
        }
        try {
            Deadlines deadlines =
                    deadlines(
                            call,
                            deployment,
                            RouterWishes.NONE,
                            System.nanoTime() + settings.timeout().toNanos());
            var request = new UpstreamRequest(method, target, List.of(), body, deadlines);
            Outcome outcome =
                    switch (transport.send(request)) {
                        case Exchange.Failed failed ->
                                new Outcome.Failed(AttemptFailure.of(failed));
                        case Exchange.Answered(var response) -> answers.pass(attempt, response);
                    };
            if (outcome instanceof Outcome.Failed(AttemptFailure failure)) {
                book(attempt, failure, /* isFinal= */ true);
                return failure.refused(deployment, 1);
            }
            return ((Outcome.Answered) outcome).dispatch();
        } catch (RuntimeException | Error e) {
            attempt.died(/* isFinal= */ true);
            throw e;
        }
    }

    static void book(OpenAttempt attempt, AttemptFailure failure, boolean isFinal) {
        if (failure.hasOutput()) {
            attempt.brokenOff(failure.errorClass(), failure.outputTokens(), isFinal);
        } else {
            attempt.failed(
                    failure.errorClass(),
                    failure.rateLimited(),
                    failure.retryAfterSeconds(),
                    isFinal);
        }
    }

    RetryRules retryRules() {
        return retryRules;
    }

    Capacity capacity() {
        return capacity;
    }

    RetryBudget retryBudget() {
        return retryBudget;
    }

    HedgeRules hedgeRules() {
        return hedgeRules;
    }

    /** Nanoseconds of silence after which another deployment is asked too. */
    long hedgeAfterNanos(Deployment deployment, RequestTraits traits) {
        return hedgeRules.delayNanos(fleet, deployment.id(), traits);
    }

    /** Who stands in for whom. */
    public FallbackRules fallbackRules() {
        return fallbackRules;
    }

    /** Whether a deployment should be left alone for now. */
    boolean rests(String deploymentId) {
        return fleet.cooledDown(deploymentId);
    }

    RequestTraits traits(CallFacts call, RequestPeek.Facts peek, byte[] body, int length) {
        return new RequestTraits(
                call.stream(),
                call.promptBytes(),
                expectedOutput(peek.maxOutputTokens()),
                Affinity.of(body, length));
    }

    private static int expectedOutput(long maxOutputTokens) {
        return maxOutputTokens > 0
                ? (int) Math.min(maxOutputTokens, USUAL_OUTPUT_TOKENS)
                : USUAL_OUTPUT_TOKENS;
    }

    /** Leave to send a call to a deployment; after a rest only one call gets it. Null for none. */
    @Nullable Leave enter(String deploymentId) {
        return rests.enter(deploymentId);
    }

    /**
     * Asks for room at a deployment.
     *
     * @param exceedsLearned whether it may have more than it seems to bear
     */
    Entry admit(
            Deployment deployment, CallFacts call, RequestPeek.Facts peek, boolean exceedsLearned) {
        return capacity.enter(
                deployment.id(),
                exceedsLearned,
                () ->
                        limits.admit(
                                deployment.id(),
                                call.modelGroup(),
                                call.promptBytes(),
                                peek.maxOutputTokens(),
                                call.endpoint().hasOutput()));
    }

    /** Who shall be asked, in which order. */
    Turns turns(
            CallFacts call, ModelGroup group, RequestTraits traits, @Nullable DecisionDraft draft) {
        if (draft == null) {
            return deliberate(call, group, traits, null);
        }
        var seen = new Deliberation();
        Turns turns = deliberate(call, group, traits, seen);
        draft.decided(call, group, traits, turns, seen);
        return turns;
    }

    /** The record of how a call is routed; null for most calls, of which nothing is told. */
    @Nullable DecisionDraft draft(CallFacts call) {
        return decisions.samples(call.requestId())
                ? new DecisionDraft(decisions, fleet, rests, strategy, region)
                : null;
    }

    /**
     * What a call's region and tags leave of a group, as a text: the sorted ids of its deployments,
     * empty where it is all of them. Those for whom it differs cannot have each other's answers.
     */
    public String bounds(ModelGroup group, CallFacts call) {
        if (!candidateRules.filtersTags() && call.regions().isEmpty()) {
            return "";
        }
        List<Member> left = candidateRules.bounded(group.members(), wanted(call, group));
        return left.size() == group.members().size()
                ? ""
                : left.stream()
                        .map(member -> member.candidate().deploymentId())
                        .sorted()
                        .collect(Collectors.joining(" ", " within ", ""));
    }

    private static Wanted wanted(CallFacts call, ModelGroup group) {
        return new Wanted(
                call.tags(),
                () -> call.size().prompt(group.deployment(group.candidates().getFirst()).model()),
                call.regions(),
                call.wantsSchema());
    }

    /** The same, and writes down how that was decided where somebody wants to know it. */
    Turns deliberate(
            CallFacts call, ModelGroup group, RequestTraits traits, @Nullable Deliberation seen) {
        Wanted wanted = wanted(call, group);
        return switch (candidateRules.choose(group.members(), wanted, rests::leftNanos, seen)) {
            case Choice.None(var why) -> Turns.ofNobody(AttemptFailure.of(why, group.name()));
            case Choice.May(var tiers, var isLastResort) -> {
                List<Candidate> order = ranked(tiers, traits, seen);
                yield order.isEmpty()
                        ? Turns.ofNobody(AttemptFailure.full(group.name(), secondsOfThisMinute()))
                        : new Turns(order, isLastResort, null);
            }
        };
    }

    /** Until figures by the minute of the clock begin anew. */
    private static long secondsOfThisMinute() {
        return 60 - Instant.now().getEpochSecond() % 60;
    }

    private List<Candidate> ranked(
            List<List<Candidate>> tiers, RequestTraits traits, @Nullable Deliberation seen) {
        if (tiers.size() == 1) {
            return rankedTier(tiers.getFirst(), traits, seen);
        }
        List<Candidate> all = new ArrayList<>();
        tiers.forEach(tier -> all.addAll(rankedTier(tier, traits, seen)));
        return all;
    }

    /** Empty where the strategy finds all of them over their limits. */
    private List<Candidate> rankedTier(
            List<Candidate> tier, RequestTraits traits, @Nullable Deliberation seen) {
        if (seen == null && tier.size() == 1) {
            return tier;
        }
        Assessment assessment = strategy.assess(tier, fleet, traits);
        List<Candidate> order =
                tier.size() == 1 ? tier : assessment.order(ThreadLocalRandom.current());
        if (seen != null) {
            seen.assessed(assessment.opinions(), order);
        }
        return order;
    }

    /** Tells how calls are routed, without making any. */
    public RouteExplainer explainer() {
        return new RouteExplainer(this, limits, fleet, rests, strategy);
    }

    /** Makes an attempt that is open. Who made it books how it failed, also where this throws. */
    Outcome attempt(
            CallFacts call,
            OpenAttempt attempt,
            Preparation.Ready ready,
            boolean fresh,
            RouterWishes wishes,
            long deadlineNanos) {
        Deployment deployment = attempt.deployment();
        Duration asked = wishes.timeout(call.stream());
        if (asked != null && asked.compareTo(deployment.timeout(call.stream())) < 0) {
            attempt.hurried();
        }
        var request =
                new UpstreamRequest(
                        "POST",
                        ready.target(),
                        ready.headers(),
                        ready.body(),
                        deadlines(call, deployment, wishes, deadlineNanos),
                        fresh);
        return switch (transport.send(request)) {
            case Exchange.Failed failed -> new Outcome.Failed(AttemptFailure.of(failed));
            case Exchange.Answered(var response) -> read(call, attempt, ready, response);
        };
    }

    private Outcome read(
            CallFacts call,
            OpenAttempt attempt,
            Preparation.Ready ready,
            UpstreamResponse response) {
        try {
            RateLimitHeaders.tell(attempt, response);
            return answers.read(call, attempt, ready.translation(), response);
        } catch (RuntimeException | Error e) {
            response.cancel();
            throw e;
        }
    }

    /** What the caller asks for goes before what the deployment is given. */
    private Deadlines deadlines(
            CallFacts call, Deployment deployment, RouterWishes wishes, long deadlineNanos) {
        Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        Duration total =
                min(min(left, LONGEST), requireNonNullElse(wishes.timeout(), deployment.timeout()));
        Duration firstByte =
                call.stream()
                        ? min(
                                total,
                                requireNonNullElse(
                                        wishes.streamTimeout(), deployment.streamTimeout()))
                        : total;
        // As LiteLLM's clients take it, a stream's timeout holds for each wait for more of it.
        return new Deadlines(min(CONNECT, total), firstByte, min(LONGEST_IDLE, firstByte), total);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    static Dispatch.Refused booksAreFull(int attempts) {
        ApiError error =
                ApiError.of(
                        503,
                        "service_unavailable_error",
                        "The gateway cannot write down what the call would cost.");
        return new Dispatch.Refused(
                error.status(), error.body(), -1, null, attempts, ProviderHeaders.NONE);
    }

    /** What came of one attempt. */
    sealed interface Outcome {
        record Answered(Dispatch dispatch) implements Outcome {}

        record Failed(AttemptFailure failure) implements Outcome {}
    }
}
