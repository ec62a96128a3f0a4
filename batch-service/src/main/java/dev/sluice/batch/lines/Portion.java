package dev.sluice.batch.lines;

/**
 * Consecutive lines of an input file.
 *
 * @param firstLine the number of the first, from 1
 * @param lines how many requests are in it; blank lines do not count
 * @param offset of its first byte in the file
 * @param length in bytes, with the ends of its lines
 */
public record Portion(int firstLine, int lines, long offset, int length) {}
