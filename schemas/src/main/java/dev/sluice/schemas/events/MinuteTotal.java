package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * What a deployment was asked in one minute of the clock, counted from the minute's start: a later
 * word replaces an earlier one, so that a lost record is made good by the next.
 *
 * @param start of the minute
 * @param requests attempts that began
 * @param tokens read and written, of attempts that ended
 */
public record MinuteTotal(Instant start, long requests, long tokens) {

    public MinuteTotal {
        requireNonNull(start, "start is null");
    }

    /** Both together, if they are of the same minute; else the later one. */
    public static MinuteTotal sum(MinuteTotal a, MinuteTotal b) {
        int order = a.start.compareTo(b.start);
        if (order != 0) {
            return order > 0 ? a : b;
        }
        return new MinuteTotal(a.start, a.requests + b.requests, a.tokens + b.tokens);
    }
}
