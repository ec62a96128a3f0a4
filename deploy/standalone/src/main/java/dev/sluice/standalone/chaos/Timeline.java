package dev.sluice.standalone.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is done to whom and when; the same seed, the same timeline.
 *
 * @param length how long callers call, at least
 */
public record Timeline(Duration length, List<Happening> happenings) {

    private static final int RETURN_MILLIS_MAX = 5_000;

    /**
     * One disturbance.
     *
     * @param at after the callers began
     * @param away until the process goes on or is started again
     */
    public record Happening(Duration at, Target target, Deed deed, Duration away) {}

    public Timeline {
        happenings = List.copyOf(happenings);
    }

    /**
     * Every deed to every target in random order, and again until there are enough.
     *
     * @param stop how long a stopped process is stopped
     */
    public static Timeline draw(long seed, int events, Duration length, Duration stop) {
        var random = new SplittableRandom(seed);
        List<Happening> happenings = new ArrayList<>();
        List<Happening> deck = new ArrayList<>();
        long slot = length.toMillis() / Math.max(1, events);
        for (int event = 0; event < events; event++) {
            if (deck.isEmpty()) {
                deck = deck(random, stop);
            }
            Happening card = deck.removeLast();
            // Some begin while the one before is not over yet.
            long at = slot * event + random.nextLong(slot / 10, slot * 6 / 10 + 1);
            happenings.add(new Happening(Duration.ofMillis(at), card.target, card.deed, card.away));
        }
        return new Timeline(length, happenings);
    }

    private static List<Happening> deck(SplittableRandom random, Duration stop) {
        List<Happening> deck = new ArrayList<>();
        for (Target target : Target.values()) {
            for (Deed deed : Deed.values()) {
                Duration away =
                        switch (deed) {
                            case KILL -> Duration.ofMillis(random.nextInt(RETURN_MILLIS_MAX));
                            case STOP -> stop;
                            case RESTART -> Duration.ZERO;
                        };
                deck.add(new Happening(Duration.ZERO, target, deed, away));
            }
        }
        Collections.shuffle(deck, random);
        return deck;
    }
}
