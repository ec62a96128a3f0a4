package dev.sluice.spend.management;

/**
 * A part of a list.
 *
 * @param number from 1
 * @param size at most {@value #SIZE_MAX}
 */
record Page(int number, int size) {

    static final int SIZE_MAX = 100;
    private static final int NUMBER_MAX = 1_000_000;

    /** The part that a call asks for by {@code page} and a parameter for the size. */
    static Page of(Exchange exchange, String sizeName, int usualSize) {
        return new Page(
                exchange.number("page", 1, 1, NUMBER_MAX),
                exchange.number(sizeName, usualSize, 1, SIZE_MAX));
    }

    int offset() {
        return (number - 1) * size;
    }

    int pages(int total) {
        return (total + size - 1) / size;
    }
}
