package dev.sluice.standalone.lab;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.candidates.CandidateRules;
import dev.sluice.ingress.candidates.Choice;
import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.candidates.Wanted;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.FleetStates;
import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.fleet.Leave;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One of our strategies, with the code that production has: what it sees itself, what it tells the
 * fleet and hears of it, and when it leaves a deployment alone.
 */
final class SluicePolicy implements Policy, FleetMember {

    private static final int BYTES_A_TOKEN = 4;

    /** As the dispatcher expects it where the caller sets no bound. */
    private static final int EXPECTED_OUTPUT = 250;

    private static final CandidateRules RULES =
            new CandidateRules(
                    /* filtersTags= */ false, /* matchesAny= */ true, /* checksCalls= */ false);
    private static final Wanted ANY = Wanted.anything();

    private static final long NO_WAIT = 0;
    private static final long ALONE_WAIT = 500_000;

    private final RoutingStrategy strategy;
    private final List<Candidate> candidates;
    private final List<Member> members;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final AttemptRecorder recorder;
    private final FleetStates states;
    private final String ingressId;
    private final SplittableRandom random;
    private Instant told;
    private long seq;

    SluicePolicy(
            RoutingStrategy strategy,
            List<Candidate> candidates,
            Simulation clock,
            String ingressId,
            long seed) {
        this.strategy = strategy;
        this.candidates = candidates;
        this.members = candidates.stream().map(Member::of).toList();
        for (int i = 0; i < candidates.size(); i++) {
            numbers.put(candidates.get(i).deploymentId(), i);
        }
        this.recorder = new AttemptRecorder(numbers.keySet(), clock, clock);
        this.states = new FleetStates(recorder, clock);
        this.ingressId = ingressId;
        this.random = new SplittableRandom(seed);
        this.told = clock.instant();
    }

    /** Whom a call may go to, and whose turn is next. */
    private static final class Plan {

        private final RequestTraits traits;
        private final List<Candidate> order;
        private final boolean isLastResort;
        private int turn;
        private Leave leave = Leave.ANY;

        Plan(RequestTraits traits, List<Candidate> order, boolean isLastResort) {
            this.traits = traits;
            this.order = order;
            this.isLastResort = isLastResort;
        }
    }

    @Override
    public int choose(Call call) {
        Plan plan = (Plan) call.memo;
        if (plan == null) {
            plan = plan(call);
            call.memo = plan;
        }
        List<Candidate> order = plan.order;
        if (order.isEmpty()) {
            return -1;
        }
        for (int i = 0; i < order.size(); i++) {
            String id = order.get(plan.turn++ % order.size()).deploymentId();
            Leave leave = recorder.rests().enter(id);
            if (leave != null || plan.isLastResort) {
                plan.leave = leave == null ? Leave.ANY : leave;
                return requireNonNull(numbers.get(id));
            }
        }
        // All have begun to rest since: as the dispatcher does, the next one is asked all the same.
        plan.leave = Leave.ANY;
        return requireNonNull(numbers.get(order.get(plan.turn++ % order.size()).deploymentId()));
    }

    private Plan plan(Call call) {
        var traits =
                new RequestTraits(
                        true,
                        call.arrival.promptTokens() * BYTES_A_TOKEN,
                        EXPECTED_OUTPUT,
                        call.arrival.affinity());
        return switch (RULES.choose(members, ANY, recorder.rests()::leftNanos)) {
            case Choice.None _ -> throw new IllegalStateException("the laboratory has no filters");
            case Choice.May(var tiers, var isLastResort) ->
                    new Plan(
                            traits,
                            strategy.order(tiers.getFirst(), states, traits, random),
                            isLastResort);
        };
    }

    @Override
    public void sent(Attempt attempt) {
        Plan plan = (Plan) requireNonNull(attempt.call.memo);
        attempt.memo =
                recorder.started(
                        candidates.get(attempt.deployment).deploymentId(), plan.traits, plan.leave);
    }

    @Override
    public void answered(Attempt attempt) {
        flight(attempt).contentArrived();
    }

    @Override
    public void ended(Attempt attempt) {
        Arrival call = attempt.call.arrival;
        flight(attempt).succeeded(call.promptTokens(), call.outputTokens());
    }

    @Override
    public void failed(Attempt attempt, Failure failure) {
        String errorClass =
                failure.status() == 408 ? "timeout_first_byte" : "http_" + failure.status();
        flight(attempt).failed(errorClass, failure.status() == 429, failure.retryAfterSeconds());
    }

    @Override
    public long waitMicros(Call call, Failure failure) {
        return candidates.size() > 1 ? NO_WAIT : ALONE_WAIT;
    }

    @Override
    public List<AttemptDelta> tell(Instant now) {
        List<AttemptDelta> deltas = recorder.deltas(ingressId, seq, told, now);
        told = now;
        seq += deltas.size();
        return deltas;
    }

    @Override
    public void hear(DeploymentState state) {
        states.put(state);
    }

    private static Flight flight(Attempt attempt) {
        return (Flight) requireNonNull(attempt.memo);
    }
}
