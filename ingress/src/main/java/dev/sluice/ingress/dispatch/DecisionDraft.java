package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.OpenAttempt;
import dev.sluice.ingress.dispatch.Deliberation.Standing;
import dev.sluice.ingress.fleet.DecisionPublisher;
import dev.sluice.ingress.fleet.Rests;
import dev.sluice.ingress.routing.Assessment.Opinion;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.FleetView;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.DecisionEvent.Considered;
import dev.sluice.schemas.events.DecisionEvent.Outcome;
import dev.sluice.schemas.events.SpendEvent;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The record of one call's routing while the call is under way. It is told of when the call has no
 * more attempts to make and the last of them has ended, which may be long after its answer began.
 */
final class DecisionDraft {

    private final DecisionPublisher publisher;
    private final FleetView fleet;
    private final Rests rests;
    private final RoutingStrategy strategy;
    private final @Nullable String region;
    private final List<Part> parts = new ArrayList<>();
    private int open;
    private boolean isOver;

    /** What was decided in one group, and what came of it. */
    private record Part(DecisionEvent decided, List<Outcome> outcomes) {}

    /** A draft of a call that shall be told of. */
    DecisionDraft(
            DecisionPublisher publisher,
            FleetView fleet,
            Rests rests,
            RoutingStrategy strategy,
            @Nullable String region) {
        this.publisher = publisher;
        this.fleet = fleet;
        this.rests = rests;
        this.strategy = strategy;
        this.region = region;
    }

    /** It was decided who of a group is asked. */
    synchronized void decided(
            CallFacts call,
            ModelGroup group,
            RequestTraits traits,
            Turns turns,
            Deliberation seen) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        List<Considered> considered = new ArrayList<>();
        for (Candidate candidate : group.candidates()) {
            String id = candidate.deploymentId();
            considered.add(considered(id, seen.of(id), traits, now));
        }
        parts.add(
                new Part(
                        new DecisionEvent(
                                call.requestId().toString(),
                                parts.size() + 1,
                                now,
                                publisher.ingressId(),
                                region,
                                group.name(),
                                strategy.name(),
                                strategy.measure(),
                                call.stream(),
                                traits.promptBucket(),
                                Math.round(traits.expectedTokens()),
                                publisher.sampleRate(),
                                turns.isLastResort(),
                                considered,
                                turns.order().stream().map(Candidate::deploymentId).toList(),
                                null,
                                List.of()),
                        new ArrayList<>()));
    }

    private Considered considered(String id, Standing standing, RequestTraits traits, Instant now) {
        Opinion opinion = standing.opinion();
        long restNanos = rests.leftNanos(id);
        double expected = fleet.sight(id).expectedMicros(traits.stream(), traits.promptBucket());
        return new Considered(
                id,
                standing.leftOut(),
                restNanos > 0 ? now.plusNanos(restNanos).truncatedTo(ChronoUnit.MICROS) : null,
                standing.tier(),
                opinion == null ? null : opinion.standing(),
                opinion == null || !Double.isFinite(opinion.score()) ? null : opinion.score(),
                standing.chance(),
                Double.isFinite(expected) ? Math.round(expected) : null,
                fleet.inFlightHere(id),
                fleet.inFlightElsewhere(id));
    }

    /**
     * An attempt is about to be made, as it was decided last.
     *
     * @return the number of that decision, which tells the attempt's end with it
     */
    synchronized int opened() {
        open++;
        return parts.size();
    }

    /** It has ended and is booked. */
    synchronized void ended(OpenAttempt attempt, int decision) {
        SpendEvent booked = attempt.booked();
        if (booked != null) {
            parts.get(decision - 1).outcomes.add(outcome(attempt, booked));
        }
        open--;
        tellIfDone();
    }

    private static Outcome outcome(OpenAttempt attempt, SpendEvent booked) {
        return new Outcome(
                attempt.deployment().id(),
                attempt.number(),
                booked.status().name().toLowerCase(Locale.ROOT),
                booked.errorClass(),
                booked.ttftMicros() < 0 ? null : Long.valueOf(booked.ttftMicros()),
                booked.startedAt().until(booked.endedAt(), ChronoUnit.MICROS));
    }

    /** No further attempt will be made. */
    synchronized void over() {
        isOver = true;
        tellIfDone();
    }

    private void tellIfDone() {
        if (isOver && open == 0) {
            parts.forEach(part -> publisher.offer(whole(part)));
            parts.clear();
        }
    }

    private static DecisionEvent whole(Part part) {
        DecisionEvent decided = part.decided;
        // One that was overtaken may have ended before one that was made earlier, or long after.
        List<Outcome> outcomes =
                part.outcomes.stream().sorted(Comparator.comparingInt(Outcome::attempt)).toList();
        return new DecisionEvent(
                decided.requestId(),
                decided.decision(),
                decided.at(),
                decided.ingressId(),
                decided.region(),
                decided.modelGroup(),
                decided.strategy(),
                decided.measure(),
                decided.stream(),
                decided.promptBucket(),
                decided.expectedTokens(),
                decided.sampleRate(),
                decided.lastResort(),
                decided.candidates(),
                decided.order(),
                outcomes.isEmpty() ? null : outcomes.getFirst().deploymentId(),
                outcomes);
    }
}
