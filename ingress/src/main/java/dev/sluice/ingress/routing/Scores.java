package dev.sluice.ingress.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The assessment of strategies that go by one figure: the lowest of the lowest tier first. */
final class Scores implements Assessment {

    /** Not tried at all. */
    static final int LEFT_OUT = -1;

    private final List<Candidate> candidates;
    private final List<String> words;
    private final boolean randomTies;
    private final int[] tiers;
    private final double[] scores;
    private int size;

    /**
     * Nothing is said of the candidates yet.
     *
     * @param words of the tiers; the last one is for those that are left out
     * @param randomTies whether equals come in any order, else as the file has them; then scores
     *     must be whole numbers
     */
    Scores(List<Candidate> candidates, List<String> words, boolean randomTies) {
        this.candidates = candidates;
        this.words = words;
        this.randomTies = randomTies;
        this.tiers = new int[candidates.size()];
        this.scores = new double[candidates.size()];
    }

    /** Says it of the next candidate. */
    void add(int tier, double score) {
        tiers[size] = tier;
        scores[size] = score;
        size++;
    }

    @Override
    public List<Candidate> order(RandomGenerator random) {
        var ranking = new Ranking(size);
        for (int i = 0; i < size; i++) {
            if (tiers[i] != LEFT_OUT) {
                // Below 1: it decides among equals and nowhere else.
                double tie = randomTies ? random.nextDouble() : 0;
                ranking.add(candidates.get(i), tiers[i], scores[i] + tie);
            }
        }
        return ranking.order();
    }

    @Override
    public List<Opinion> opinions() {
        int best = -1;
        int equals = 0;
        for (int i = 0; i < size; i++) {
            if (tiers[i] != LEFT_OUT) {
                int compared = best < 0 ? -1 : compare(i, best);
                equals = compared < 0 ? 1 : compared == 0 ? equals + 1 : equals;
                best = compared < 0 ? i : best;
            }
        }
        List<Opinion> opinions = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            boolean isBest = tiers[i] != LEFT_OUT && compare(i, best) == 0;
            double chance = !isBest ? 0 : randomTies ? 1.0 / equals : i == best ? 1 : 0;
            String word = tiers[i] == LEFT_OUT ? words.getLast() : words.get(tiers[i]);
            opinions.add(new Opinion(candidates.get(i), word, tiers[i], scores[i], chance));
        }
        return opinions;
    }

    private int compare(int one, int other) {
        int byTier = Integer.compare(tiers[one], tiers[other]);
        return byTier != 0 ? byTier : Double.compare(scores[one], scores[other]);
    }
}
