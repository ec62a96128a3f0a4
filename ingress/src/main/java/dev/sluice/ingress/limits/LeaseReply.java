package dev.sluice.ingress.limits;

import java.util.ArrayList;
import java.util.List;

/**
 * What Redis answered.
 *
 * @param born when this Redis began to know anything; another number: it has forgotten
 * @param cautiousMillis for how long it grants nothing, until all have restated what they hold
 * @param ingresses how many are alive, this one included
 * @param cells in the order of the question
 * @param verdicts for each ask {@link #GRANTED}, the refusing cell's place from 1, or {@link
 *     #NOT_NOW}
 */
record LeaseReply(
        long born, long cautiousMillis, int ingresses, List<Cell> cells, List<Integer> verdicts) {

    static final int GRANTED = 0;
    static final int NOT_NOW = -1;

    private static final int HEAD = 4;
    private static final int NUMBERS_OF_A_CELL = 5;

    /**
     * One cell after all asks.
     *
     * @param mine what this ingress holds and may hold
     * @param others what all others hold and have used
     * @param kept what of {@code mine} this ingress had forgotten
     * @param start when the window began, by Redis' clock
     * @param leftMillis until the window ends
     */
    record Cell(long mine, long others, long kept, long start, long leftMillis) {}

    /**
     * Reads the script's answer.
     *
     * @throws LeaseFailure if it is not one, or says that the question came too late
     */
    static LeaseReply of(List<?> numbers, int cells, int asks) throws LeaseFailure {
        if (numbers.size() != HEAD + NUMBERS_OF_A_CELL * cells + asks) {
            throw new LeaseFailure(
                    numbers.size() == 1 ? "overtaken by a later call" : "answer not understood");
        }
        List<Cell> read = new ArrayList<>(cells);
        for (int i = 0; i < cells; i++) {
            int at = HEAD + NUMBERS_OF_A_CELL * i;
            read.add(
                    new Cell(
                            number(numbers, at),
                            number(numbers, at + 1),
                            number(numbers, at + 2),
                            number(numbers, at + 3),
                            number(numbers, at + 4)));
        }
        List<Integer> verdicts = new ArrayList<>(asks);
        for (int i = 0; i < asks; i++) {
            verdicts.add((int) number(numbers, HEAD + NUMBERS_OF_A_CELL * cells + i));
        }
        return new LeaseReply(
                number(numbers, 1),
                number(numbers, 2),
                (int) Math.max(1, number(numbers, 3)),
                List.copyOf(read),
                List.copyOf(verdicts));
    }

    private static long number(List<?> numbers, int at) throws LeaseFailure {
        if (numbers.get(at) instanceof Number number) {
            return number.longValue();
        }
        throw new LeaseFailure("answer not understood");
    }
}
