package dev.sluice.ingress.limits;

import java.util.ArrayList;
import java.util.List;

/**
 * What Redis answered.
 *
 * @param born when this Redis began to know anything; another number: it has forgotten
 * @param cautiousMillis for how long it grants nothing, until all have restated what they hold
 * @param ingresses how many are alive, this one included
 * @param timeMillis by Redis' clock
 * @param wanted keys of cells of which others wait for slack
 * @param cells in the order of the question
 * @param verdicts for each ask {@link #GRANTED}, the refusing cell's place from 1, {@link
 *     #NOT_NOW}, or below that {@link #waitingFor}
 */
record LeaseReply(
        long born,
        long cautiousMillis,
        int ingresses,
        long timeMillis,
        List<String> wanted,
        List<Cell> cells,
        List<Integer> verdicts) {

    static final int GRANTED = 0;
    static final int NOT_NOW = -1;

    private static final int HEAD = 6;
    private static final int NUMBERS_OF_A_CELL = 6;

    /**
     * One cell after all asks.
     *
     * @param mine what this ingress may hold
     * @param others what all others may hold, and have used
     * @param othersHeld what of it they held when they last spoke
     * @param kept what of {@code mine} this ingress had forgotten to hold
     * @param start when the window began, by Redis' clock
     * @param leftMillis until the window ends
     */
    record Cell(long mine, long others, long othersHeld, long kept, long start, long leftMillis) {}

    /** The place of the cell whose slack an ask waits for, 0 if it does not wait. */
    static int waitingFor(int verdict) {
        return verdict < NOT_NOW ? NOT_NOW - verdict : 0;
    }

    /**
     * Reads the script's answer.
     *
     * @throws LeaseFailure if it is not one, or says that the question came too late
     */
    static LeaseReply of(List<?> words, int cells, int asks) throws LeaseFailure {
        int wanted = words.size() < HEAD ? 0 : (int) number(words, HEAD - 1);
        int first = HEAD + wanted;
        int verdictsAt = first + NUMBERS_OF_A_CELL * cells;
        if (wanted < 0 || words.size() != verdictsAt + asks) {
            throw new LeaseFailure(
                    words.size() == 1 ? "overtaken by a later call" : "answer not understood");
        }
        List<Cell> read = new ArrayList<>(cells);
        for (int i = 0; i < cells; i++) {
            int at = first + NUMBERS_OF_A_CELL * i;
            read.add(
                    new Cell(
                            number(words, at),
                            number(words, at + 1),
                            number(words, at + 2),
                            number(words, at + 3),
                            number(words, at + 4),
                            number(words, at + 5)));
        }
        List<Integer> verdicts = new ArrayList<>(asks);
        for (int i = 0; i < asks; i++) {
            verdicts.add((int) number(words, verdictsAt + i));
        }
        return new LeaseReply(
                number(words, 1),
                number(words, 2),
                (int) Math.max(1, number(words, 3)),
                number(words, 4),
                words.subList(HEAD, first).stream().map(Object::toString).toList(),
                List.copyOf(read),
                List.copyOf(verdicts));
    }

    private static long number(List<?> words, int at) throws LeaseFailure {
        if (words.get(at) instanceof Number number) {
            return number.longValue();
        }
        throw new LeaseFailure("answer not understood");
    }
}
