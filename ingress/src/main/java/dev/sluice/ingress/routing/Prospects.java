package dev.sluice.ingress.routing;

import dev.sluice.ingress.routing.Adaptive.Tuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * What {@link Adaptive} thinks of the candidates, and how it draws one of them.
 *
 * @param affinity of the request, 0 for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Prospects(Tuning tuning, Prospect[] all, long affinity) implements Assessment {

    static final int USABLE = 0;
    static final int BEING_EXPLORED = 1;
    static final int OVER_LIMIT = 2;
    static final int COOLED_DOWN = 3;
    private static final List<String> WORDS =
            List.of("usable", "being_explored", "over_limit", "cooled_down");

    /** Where few calls come, one not heard of for so many times as long is asked without chance. */
    private static final double OVERDUE = 20;

    /**
     * One candidate with what is known of it.
     *
     * @param score microseconds, or what else orders its tier
     * @param quietSeconds since it was heard of, if it may be asked for that; else 0
     */
    record Prospect(Candidate candidate, int tier, double score, double quietSeconds) {

        /** Longer for who is worse than the best. */
        boolean isQuiet(double aMicro) {
            return tier == USABLE && quietSeconds > 0 && quietSeconds > aMicro * score;
        }

        boolean isUnexplored() {
            return tier == BEING_EXPLORED && score == 0;
        }
    }

    private interface Test {
        boolean holds(Prospect prospect);
    }

    @Override
    public List<Candidate> order(RandomGenerator random) {
        int first = first(random);
        var ranking = new Ranking(all.length);
        for (int i = 0; i < all.length; i++) {
            Prospect prospect = all[i];
            ranking.add(prospect.candidate, i == first ? -1 : prospect.tier, prospect.score);
        }
        return ranking.order();
    }

    private int first(RandomGenerator random) {
        int unexplored = drawn(Prospect::isUnexplored, random);
        if (unexplored >= 0) {
            return unexplored;
        }
        double aMicro = aMicro(random.nextDouble() < tuning.exploring());
        int quiet = drawn(prospect -> prospect.isQuiet(aMicro), random);
        if (quiet >= 0) {
            return quiet;
        }
        int tier = firstTier();
        int best = bestDrawn(tier, random);
        int familiar = affinity == 0 ? -1 : familiar(tier);
        return familiar >= 0 && isAsGood(familiar, best) ? familiar : best;
    }

    /** Seconds of quiet for each microsecond of score, after which one may have changed. */
    private double aMicro(boolean isExploring) {
        double best = Double.POSITIVE_INFINITY;
        for (Prospect prospect : all) {
            best = prospect.tier == USABLE ? Math.min(best, prospect.score) : best;
        }
        return (isExploring ? tuning.quietSeconds() : OVERDUE * tuning.quietSeconds()) / best;
    }

    private int firstTier() {
        int tier = Integer.MAX_VALUE;
        for (Prospect prospect : all) {
            tier = Math.min(tier, prospect.tier);
        }
        return tier;
    }

    private boolean isAsGood(int familiar, int best) {
        return all[familiar].score <= all[best].score * tuning.affinityMargin();
    }

    /** The best of some of a tier, drawn without putting back; ties go to the first drawn. */
    private int bestDrawn(int tier, RandomGenerator random) {
        int best = -1;
        long drawn = 0;
        int left = tuning.drawn();
        for (int tries = 0; tries < 8 * tuning.drawn() && left > 0; tries++) {
            int at = random.nextInt(all.length);
            if (all[at].tier == tier && !isDrawn(drawn, at)) {
                drawn |= bit(at);
                left--;
                best = better(at, best);
            }
        }
        // Few of many are of the tier: these are sought.
        while (left > 0) {
            long sofar = drawn;
            int at = drawnAt(i -> all[i].tier == tier && !isDrawn(sofar, i), random);
            if (at < 0) {
                return best;
            }
            drawn |= bit(at);
            left--;
            best = better(at, best);
        }
        return best;
    }

    private static long bit(int at) {
        return at < Long.SIZE ? 1L << at : 0;
    }

    /** Beyond the 64th one may be drawn twice. */
    private static boolean isDrawn(long drawn, int at) {
        return (drawn & bit(at)) != 0;
    }

    private int better(int at, int best) {
        return best < 0 || all[at].score < all[best].score ? at : best;
    }

    /** Rendezvous hashing: each request has its own order of all deployments. */
    private int familiar(int tier) {
        int highest = -1;
        long highestHash = 0;
        for (int at = 0; at < all.length; at++) {
            if (all[at].tier == tier) {
                long hash = mixed(affinity ^ mixed(all[at].candidate.deploymentId().hashCode()));
                if (highest < 0 || hash > highestHash) {
                    highest = at;
                    highestHash = hash;
                }
            }
        }
        return highest;
    }

    /** The finalizer of SplitMix64. */
    private static long mixed(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    private int drawn(Test test, RandomGenerator random) {
        return drawnAt(at -> test.holds(all[at]), random);
    }

    private int drawnAt(IntPredicate test, RandomGenerator random) {
        int found = -1;
        int count = 0;
        for (int at = 0; at < all.length; at++) {
            if (test.test(at)) {
                count++;
                if (count == 1 || random.nextInt(count) == 0) {
                    found = at;
                }
            }
        }
        return found;
    }

    @Override
    public List<Opinion> opinions() {
        double[] chances = chances();
        List<Opinion> opinions = new ArrayList<>(all.length);
        for (int i = 0; i < all.length; i++) {
            Prospect prospect = all[i];
            opinions.add(
                    new Opinion(
                            prospect.candidate,
                            WORDS.get(prospect.tier),
                            prospect.tier,
                            prospect.score,
                            chances[i]));
        }
        return opinions;
    }

    /** The distribution that {@link #first} draws from. */
    private double[] chances() {
        double[] chances = new double[all.length];
        if (spread(chances, 1, Prospect::isUnexplored)) {
            return chances;
        }
        double left = 0;
        for (boolean isExploring : new boolean[] {true, false}) {
            double share = isExploring ? tuning.exploring() : 1 - tuning.exploring();
            double aMicro = aMicro(isExploring);
            left += spread(chances, share, prospect -> prospect.isQuiet(aMicro)) ? 0 : share;
        }
        spreadDrawn(chances, left);
        return chances;
    }

    private boolean spread(double[] chances, double share, Test test) {
        long count = Arrays.stream(all).filter(test::holds).count();
        for (int i = 0; i < all.length && count > 0; i++) {
            chances[i] += test.holds(all[i]) ? share / count : 0;
        }
        return count > 0;
    }

    /** Who is the best of so many drawn: all better ones must have stayed undrawn. */
    private void spreadDrawn(double[] chances, double share) {
        int tier = firstTier();
        int size = (int) Arrays.stream(all).filter(each -> each.tier == tier).count();
        int familiar = affinity == 0 ? -1 : familiar(tier);
        for (int i = 0; i < all.length; i++) {
            if (all[i].tier == tier) {
                int better = 0;
                int equals = 0;
                for (Prospect other : all) {
                    better += other.tier == tier && other.score < all[i].score ? 1 : 0;
                    equals += other.tier == tier && other.score == all[i].score ? 1 : 0;
                }
                double chance =
                        (noneOf(better, size) - noneOf(better + equals, size)) / equals * share;
                chances[familiar >= 0 && isAsGood(familiar, i) ? familiar : i] += chance;
            }
        }
    }

    /** How likely none of some is among those drawn of all. */
    private double noneOf(int some, int size) {
        double chance = 1;
        for (int i = 0; i < Math.min(tuning.drawn(), size); i++) {
            chance *= Math.max(0, size - some - i) / (double) (size - i);
        }
        return chance;
    }
}
