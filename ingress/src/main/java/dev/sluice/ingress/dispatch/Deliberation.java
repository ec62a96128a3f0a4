package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.candidates.CandidateRules;
import dev.sluice.ingress.candidates.Member;
import dev.sluice.ingress.routing.Assessment.Opinion;
import dev.sluice.ingress.routing.Candidate;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How it was decided who of a group is asked, for who wants to know it. One thread writes it. */
final class Deliberation implements CandidateRules.Listener {

    private final Map<String, String> leftOut = new HashMap<>();
    private final Map<String, Standing> standings = new HashMap<>();
    private final List<Candidate> order = new ArrayList<>();
    private int tiers;
    private boolean isTried;

    /**
     * What became of one deployment.
     *
     * @param leftOut the word for the rule by which it is not asked; null where it may be
     * @param tier by order and distance, from 0; -1 where it is left out
     * @param opinion the strategy's; null where it was not asked for one
     * @param chance how likely it is asked first
     * @param position at which it is asked, from 0; -1 where it is not
     */
    record Standing(
            @Nullable String leftOut,
            int tier,
            @Nullable Opinion opinion,
            double chance,
            int position) {}

    @Override
    public void leftOut(Member member, String by) {
        leftOut.put(member.candidate().deploymentId(), by);
    }

    /**
     * What the strategy thinks of the next tier.
     *
     * @param tried of the tier, in order
     */
    void assessed(List<Opinion> opinions, List<Candidate> tried) {
        for (Opinion opinion : opinions) {
            Candidate candidate = opinion.candidate();
            int at = tried.indexOf(candidate);
            // Of a tier of one nobody asks what the strategy thinks.
            double chance = isTried || at < 0 ? 0 : opinions.size() == 1 ? 1 : opinion.chance();
            standings.put(
                    candidate.deploymentId(),
                    new Standing(
                            at < 0 ? opinion.standing() : null,
                            tiers,
                            opinion,
                            chance,
                            at < 0 ? -1 : order.size() + at));
        }
        order.addAll(tried);
        isTried |= !tried.isEmpty();
        tiers++;
    }

    /** Those that are asked, in order. */
    List<Candidate> order() {
        return order;
    }

    /** What became of a deployment of the group. */
    Standing of(String deploymentId) {
        Standing known = standings.get(deploymentId);
        return known != null ? known : new Standing(leftOut.get(deploymentId), -1, null, 0, -1);
    }
}
