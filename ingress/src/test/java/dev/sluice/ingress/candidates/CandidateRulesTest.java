package dev.sluice.ingress.candidates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.candidates.Choice.Why;
import dev.sluice.ingress.routing.Candidate;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who may be asked. Rows R14 and R15 are of LiteLLM's own suite. */
class CandidateRulesTest {

    private static final CandidateRules PLAIN = new CandidateRules(false, true, false);
    private static final CandidateRules ANY_TAG = new CandidateRules(true, true, false);
    private static final CandidateRules ALL_TAGS = new CandidateRules(true, false, false);
    private static final CandidateRules CHECKED = new CandidateRules(false, true, true);

    private static final Regions ANYWHERE = new Regions(null, Map.of());

    private final Map<String, Long> rests = new HashMap<>();

    @Test
    void offersAllWhereNothingIsSaid() {
        assertThat(tiers(PLAIN, anything(), of("a"), of("b")))
                .isEqualTo(List.of(List.of("a", "b")));
    }

    @Test
    void offersLowerOrdersFirstAndLeavesOutWhatRests() {
        Member first = ordered("first", 1);
        Member alsoFirst = ordered("also", 1);
        Member second = ordered("second", 2);

        assertThat(tiers(PLAIN, anything(), second, first, alsoFirst))
                .isEqualTo(List.of(List.of("first", "also"), List.of("second")));

        rests.put("first", 5L);
        assertThat(tiers(PLAIN, anything(), second, first, alsoFirst))
                .isEqualTo(List.of(List.of("also"), List.of("second")));

        rests.put("also", 5L);
        assertThat(tiers(PLAIN, anything(), second, first, alsoFirst))
                .isEqualTo(List.of(List.of("second")));
    }

    @Test
    void asksWhoHasRestedOutFirstWhereAllRest() {
        rests.putAll(Map.of("a", 30L, "b", 7L, "c", 9L));

        Choice choice = PLAIN.choose(List.of(of("a"), of("b"), of("c")), anything(), this::rest);

        assertThat(choice).isEqualTo(new Choice.May(List.of(List.of(of("b").candidate())), true));
    }

    /** R14. */
    @Test
    void r14SendsTaggedRequestsToTheDeploymentsOfTheirTag() {
        Member free = tagged("free", "free");
        Member paid = tagged("paid", "paid");

        assertThat(tiers(ANY_TAG, tags("free"), free, paid)).isEqualTo(List.of(List.of("free")));
        assertThat(tiers(ANY_TAG, tags("paid"), free, paid)).isEqualTo(List.of(List.of("paid")));
        assertThat(tiers(PLAIN, tags("free"), free, paid))
                .as("not asked to filter")
                .isEqualTo(List.of(List.of("free", "paid")));
    }

    /** R15. */
    @Test
    void r15SendsUntaggedAndUnknownTagsToTheDefault() {
        Member free = tagged("free", "free");
        Member general = tagged("general", "default");

        assertThat(tiers(ANY_TAG, anything(), free, general))
                .isEqualTo(List.of(List.of("general")));
        assertThat(tiers(ANY_TAG, tags("other"), free, general))
                .isEqualTo(List.of(List.of("general")));
        assertThat(tiers(ANY_TAG, anything(), free, of("plain")))
                .as("without a default all serve who has no tag")
                .isEqualTo(List.of(List.of("free", "plain")));
        assertThat(ANY_TAG.choose(List.of(free, of("plain")), tags("other"), this::rest))
                .isEqualTo(new Choice.None(Why.TAGS));
    }

    @Test
    void wantsAllTagsWhereOneIsNotEnough() {
        Member both = tagged("both", "a", "b", "c");
        Member one = tagged("one", "a");

        assertThat(tiers(ALL_TAGS, tags("a", "b"), both, one)).isEqualTo(List.of(List.of("both")));
        assertThat(tiers(ANY_TAG, tags("a", "b"), both, one))
                .isEqualTo(List.of(List.of("both", "one")));
    }

    @Test
    void doesNotLeaveTheTagsBecauseTheirDeploymentRests() {
        rests.put("paid", 5L);

        assertThat(tiers(ANY_TAG, tags("paid"), tagged("paid", "paid"), tagged("d", "default")))
                .isEqualTo(List.of(List.of("paid")));
    }

    @Test
    void leavesOutWhereAPromptDoesNotFit() {
        Member small = bounded("small", 100);
        Member large = bounded("large", 1_000);

        assertThat(tiers(CHECKED, prompt(100), small, large))
                .isEqualTo(List.of(List.of("small", "large")));
        assertThat(tiers(CHECKED, prompt(101), small, large)).isEqualTo(List.of(List.of("large")));
        assertThat(tiers(CHECKED, prompt(5_000), small, of("unknown")))
                .isEqualTo(List.of(List.of("unknown")));
        assertThat(CHECKED.choose(List.of(small, large), prompt(1_001), this::rest))
                .isEqualTo(new Choice.None(Why.PROMPT_TOO_LONG));
        assertThat(tiers(PLAIN, prompt(5_000), small)).isEqualTo(List.of(List.of("small")));
    }

    @Test
    void countsThePromptOnlyWhereItMatters() {
        Wanted uncounted =
                new Wanted(
                        List.of(),
                        () -> {
                            throw new AssertionError("counted");
                        },
                        List.of(),
                        false);

        assertThat(tiers(CHECKED, uncounted, of("a"))).isEqualTo(List.of(List.of("a")));
        assertThat(tiers(PLAIN, uncounted, bounded("a", 5))).isEqualTo(List.of(List.of("a")));
    }

    @Test
    void leavesOutWhoTakesNoSchema() {
        var schema = new Wanted(List.of(), () -> 0, List.of(), true);
        Member without =
                Member.of(Candidate.of("no"), null, List.of(), null, false, null, ANYWHERE);
        Member with = Member.of(Candidate.of("yes"), null, List.of(), null, true, null, ANYWHERE);

        assertThat(tiers(CHECKED, schema, without, with, of("unknown")))
                .isEqualTo(List.of(List.of("yes", "unknown")));
        assertThat(tiers(CHECKED, anything(), without, with))
                .as("no schema is asked for")
                .isEqualTo(List.of(List.of("no", "yes")));
        assertThat(tiers(PLAIN, schema, without)).isEqualTo(List.of(List.of("no")));
        assertThat(CHECKED.choose(List.of(without), schema, this::rest))
                .isEqualTo(new Choice.None(Why.RESPONSE_FORMAT));
    }

    @Test
    void staysInTheRegion() {
        Member here = placed("here", "eu-west-1");
        Member also = placed("also", "europe-west4");
        Member there = placed("there", "us-east-1");
        Member nowhere = of("nowhere");
        var inEurope = new Wanted(List.of(), () -> 0, List.of("eu"), false);
        var inBoth = new Wanted(List.of(), () -> 0, List.of("eu", "us"), false);

        assertThat(tiers(PLAIN, inEurope, here, also, there, nowhere))
                .isEqualTo(List.of(List.of("here", "also")));
        assertThat(PLAIN.choose(List.of(there, nowhere), inEurope, this::rest))
                .isEqualTo(new Choice.None(Why.REGION));
        assertThat(PLAIN.choose(List.of(here, there), inBoth, this::rest))
                .isEqualTo(new Choice.None(Why.REGION));
    }

    @Test
    void asksTheNearestFirstAndTheNextClosestWhileItRests() {
        Member home = far("home", 0, 0);
        Member nextDoor = far("next", 0, 9);
        Member overSea = far("sea", 0, 90);
        Member farAway = far("away", 0, 200);

        assertThat(tiers(PLAIN, anything(), farAway, nextDoor, overSea, home))
                .as("those nearly as near share a tier")
                .isEqualTo(List.of(List.of("home", "next"), List.of("sea"), List.of("away")));

        rests.putAll(Map.of("home", 5L, "next", 5L));
        assertThat(tiers(PLAIN, anything(), farAway, nextDoor, overSea, home))
                .isEqualTo(List.of(List.of("sea"), List.of("away")));

        rests.clear();
        assertThat(tiers(PLAIN, anything(), far("first", 1, 200), far("second", 2, 0)))
                .as("the order of the config goes before")
                .isEqualTo(List.of(List.of("first"), List.of("second")));
    }

    private long rest(String id) {
        return rests.getOrDefault(id, 0L);
    }

    private List<List<String>> tiers(CandidateRules rules, Wanted wanted, Member... members) {
        if (rules.choose(List.of(members), wanted, this::rest)
                instanceof Choice.May(var tiers, _)) {
            return tiers.stream()
                    .map(tier -> tier.stream().map(Candidate::deploymentId).toList())
                    .toList();
        }
        throw new AssertionError("nobody may be asked");
    }

    private static Wanted anything() {
        return Wanted.anything();
    }

    private static Wanted tags(String... tags) {
        return new Wanted(List.of(tags), () -> 0, List.of(), false);
    }

    private static Wanted prompt(long tokens) {
        return new Wanted(List.of(), () -> tokens, List.of(), false);
    }

    private static Member of(String id) {
        return Member.of(Candidate.of(id));
    }

    private static Member ordered(String id, int order) {
        return member(id, order, Set.of(), -1, null);
    }

    private static Member tagged(String id, String... tags) {
        return member(id, 0, Set.of(tags), -1, null);
    }

    private static Member bounded(String id, long maxInputTokens) {
        return member(id, 0, Set.of(), maxInputTokens, null);
    }

    private static Member far(String id, int order, int millis) {
        return new Member(Candidate.of(id), order, Set.of(), -1, true, null, millis);
    }

    private static Member placed(String id, String region) {
        return member(id, 0, Set.of(), -1, region);
    }

    private static Member member(
            String id, int order, Set<String> tags, long most, @Nullable String region) {
        return new Member(Candidate.of(id), order, tags, most, true, region, 0);
    }
}
