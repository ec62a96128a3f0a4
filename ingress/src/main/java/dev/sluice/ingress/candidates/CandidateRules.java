package dev.sluice.ingress.candidates;

import dev.sluice.ingress.candidates.Choice.Why;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.schemas.config.RouterRules;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Chooses the deployments of a group that a request may go to: by region, length of the prompt,
 * form of the answer and tags, then those that do not rest, then by {@code order}, then the nearest
 * first.
 *
 * <p>What a request may not leave (its region, its tags) is never left because deployments rest:
 * unlike in LiteLLM the {@code default} ones do not stand in for tagged ones that rest.
 *
 * @param filtersTags whether tags choose
 * @param matchesAny whether one common tag is enough; else a deployment must have all of them
 * @param checksCalls whether prompts must fit, and answers be in the form that is asked for
 */
public record CandidateRules(boolean filtersTags, boolean matchesAny, boolean checksCalls) {

    /** The words for the rules by which deployments are left out. */
    public static final String REGION = "region";

    public static final String PROMPT_TOO_LONG = "prompt_too_long";
    public static final String RESPONSE_FORMAT = "response_format";
    public static final String TAGS = "tags";
    public static final String REST = "rest";

    /** The tag of deployments for requests whose tags nobody has. */
    private static final String DEFAULT = "default";

    /** Beside the time of an answer so much is nothing: those nearly as near share a tier. */
    private static final int AS_NEAR_MILLIS = 10;

    private static final Comparator<Member> BY_ORDER_AND_DISTANCE =
            Comparator.comparingInt(Member::order).thenComparingInt(Member::distanceMillis);

    /** Rules of the config. */
    public static CandidateRules of(RouterRules rules) {
        return new CandidateRules(
                rules.enableTagFiltering(),
                rules.tagFilteringMatchAny(),
                rules.enablePreCallChecks());
    }

    /**
     * Chooses.
     *
     * @param members all deployments of the group, at least one
     * @param restNanos how long a deployment still rests, 0 where it does not
     */
    public Choice choose(List<Member> members, Wanted wanted, ToLongFunction<String> restNanos) {
        return choose(members, wanted, restNanos, null);
    }

    /** The same, and tells who is left out by what to who wants to know it. */
    public Choice choose(
            List<Member> members,
            Wanted wanted,
            ToLongFunction<String> restNanos,
            @Nullable Listener listener) {
        List<Member> left = told(members, inRegions(members, wanted.regions()), REGION, listener);
        if (left.isEmpty()) {
            return new Choice.None(Why.REGION);
        }
        if (checksCalls) {
            left = told(left, fitting(left, wanted), PROMPT_TOO_LONG, listener);
            if (left.isEmpty()) {
                return new Choice.None(Why.PROMPT_TOO_LONG);
            }
            if (wanted.schema()) {
                left = told(left, only(left, Member::takesSchema), RESPONSE_FORMAT, listener);
                if (left.isEmpty()) {
                    return new Choice.None(Why.RESPONSE_FORMAT);
                }
            }
        }
        if (filtersTags) {
            left = told(left, tagged(left, wanted.tags()), TAGS, listener);
            if (left.isEmpty()) {
                return new Choice.None(Why.TAGS);
            }
        }
        return awake(left, restNanos, listener);
    }

    /**
     * The members that a request may ever go to, whoever rests: what its region and its tags leave.
     * None where it is to be refused.
     */
    public List<Member> bounded(List<Member> members, Wanted wanted) {
        List<Member> left = inRegions(members, wanted.regions());
        return filtersTags && !left.isEmpty() ? tagged(left, wanted.tags()) : left;
    }

    /** Is told of whom is left out. */
    @FunctionalInterface
    public interface Listener {

        /** This one is, by a word for the rule. */
        void leftOut(Member member, String by);
    }

    private static List<Member> told(
            List<Member> before, List<Member> after, String by, @Nullable Listener listener) {
        if (listener != null && after.size() < before.size()) {
            before.stream()
                    .filter(member -> !after.contains(member))
                    .forEach(member -> listener.leftOut(member, by));
        }
        return after;
    }

    private static List<Member> inRegions(List<Member> members, List<String> regions) {
        return regions.isEmpty()
                ? members
                : only(
                        members,
                        member ->
                                regions.stream()
                                        .allMatch(region -> Regions.isIn(member.region(), region)));
    }

    private static List<Member> fitting(List<Member> members, Wanted wanted) {
        boolean bounded = members.stream().anyMatch(member -> member.maxInputTokens() >= 0);
        if (!bounded) {
            return members;
        }
        long tokens = wanted.promptTokens().getAsLong();
        return only(
                members,
                member -> member.maxInputTokens() < 0 || tokens <= member.maxInputTokens());
    }

    private List<Member> tagged(List<Member> members, List<String> tags) {
        if (tags.isEmpty()) {
            List<Member> general = only(members, member -> member.tags().contains(DEFAULT));
            return general.isEmpty() ? members : general;
        }
        List<Member> matching = only(members, member -> matches(member.tags(), tags));
        return matching.isEmpty()
                ? only(members, member -> member.tags().contains(DEFAULT))
                : matching;
    }

    private boolean matches(Set<String> own, List<String> asked) {
        return matchesAny ? asked.stream().anyMatch(own::contains) : own.containsAll(asked);
    }

    private static Choice awake(
            List<Member> members, ToLongFunction<String> restNanos, @Nullable Listener listener) {
        List<Member> awake = new ArrayList<>(members.size());
        Member first = members.getFirst();
        long shortest = Long.MAX_VALUE;
        for (Member member : members) {
            long rest = restNanos.applyAsLong(member.candidate().deploymentId());
            if (rest <= 0) {
                awake.add(member);
            } else if (rest < shortest) {
                shortest = rest;
                first = member;
            }
        }
        if (awake.size() < members.size()) {
            told(members, awake.isEmpty() ? List.of(first) : awake, REST, listener);
        }
        return awake.isEmpty()
                ? new Choice.May(List.of(List.of(first.candidate())), true)
                : new Choice.May(tiers(awake), false);
    }

    private static List<List<Candidate>> tiers(List<Member> members) {
        List<Member> sorted = members;
        if (!areAlike(members)) {
            sorted = new ArrayList<>(members);
            sorted.sort(BY_ORDER_AND_DISTANCE);
        }
        List<List<Candidate>> tiers = new ArrayList<>(1);
        List<Candidate> tier = new ArrayList<>(sorted.size());
        Member first = sorted.getFirst();
        for (int i = 0; i < sorted.size(); i++) {
            Member member = sorted.get(i);
            if (!isOfTier(member, first)) {
                tiers.add(tier);
                tier = new ArrayList<>();
                first = member;
            }
            tier.add(member.candidate());
        }
        tiers.add(tier);
        return tiers;
    }

    private static boolean isOfTier(Member member, Member first) {
        return member.order() == first.order()
                && member.distanceMillis() - first.distanceMillis() <= AS_NEAR_MILLIS;
    }

    private static boolean areAlike(List<Member> members) {
        Member first = members.getFirst();
        for (int i = 1; i < members.size(); i++) {
            Member member = members.get(i);
            if (member.order() != first.order()
                    || member.distanceMillis() != first.distanceMillis()) {
                return false;
            }
        }
        return true;
    }

    private static List<Member> only(List<Member> members, Predicate<Member> filter) {
        return members.stream().filter(filter).toList();
    }
}
