package dev.sluice.schemas.accounts;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stretch of time that a budget holds for. Periods are aligned as LiteLLM aligns them: a day
 * begins at midnight, {@code 7d} on Monday, {@code 30d} and {@code 1mo} on the first of the month,
 * hours, minutes and seconds at their multiples since midnight. Any other number of days is counted
 * in midnights from when the budget began.
 *
 * @param start inclusive
 * @param end exclusive, null: never
 */
public record BudgetPeriod(Instant start, @Nullable Instant end) {

    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,6})(s|m|h|d|w|mo)");

    public BudgetPeriod {
        requireNonNull(start, "start is null");
    }

    /**
     * Whether a duration is written as LiteLLM writes them: {@code 30s}, {@code 1h}, {@code 1mo}.
     */
    public static boolean isDuration(String duration) {
        return DURATION.matcher(duration).matches();
    }

    /** How long a duration is where its length does not depend on the calendar: not for months. */
    public static Optional<Duration> lengthOf(String duration) {
        Matcher parts = DURATION.matcher(duration);
        if (!parts.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "s" -> Optional.of(Duration.ofSeconds(number));
            case "m" -> Optional.of(Duration.ofMinutes(number));
            case "h" -> Optional.of(Duration.ofHours(number));
            case "d" -> Optional.of(Duration.ofDays(number));
            case "w" -> Optional.of(Duration.ofDays(7 * number));
            default -> Optional.empty();
        };
    }

    /**
     * The period that holds at a time.
     *
     * @param duration null: one period without an end
     * @param since when the budget began; nothing before it counts
     * @param zone whose midnights count
     * @throws IllegalArgumentException if {@link #isDuration} is false
     */
    public static BudgetPeriod at(
            @Nullable String duration, Instant since, ZoneId zone, Instant now) {
        if (duration == null) {
            return new BudgetPeriod(since, null);
        }
        Matcher parts = DURATION.matcher(duration);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "budget_duration is %s, not like 30s, 30m, 1h, 30d, 1mo".formatted(duration));
        }
        int number = Integer.parseInt(parts.group(1));
        Instant time = now.isBefore(since) ? since : now;
        BudgetPeriod aligned =
                switch (parts.group(2)) {
                    case "mo" -> months(number, since.atZone(zone), time.atZone(zone));
                    case "w" -> days(7 * number, since.atZone(zone), time.atZone(zone));
                    case "d" -> days(number, since.atZone(zone), time.atZone(zone));
                    case "h" -> ofDay(Duration.ofHours(number), time.atZone(zone), since);
                    case "m" -> ofDay(Duration.ofMinutes(number), time.atZone(zone), since);
                    default -> ofDay(Duration.ofSeconds(number), time.atZone(zone), since);
                };
        return aligned.start.isBefore(since) ? new BudgetPeriod(since, aligned.end) : aligned;
    }

    private static BudgetPeriod days(int number, ZonedDateTime since, ZonedDateTime now) {
        LocalDate today = now.toLocalDate();
        ZoneId zone = now.getZone();
        return switch (number) {
            case 1 -> between(today, today.plusDays(1), zone);
            case 7 -> {
                LocalDate monday = today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                yield between(monday, monday.plusWeeks(1), zone);
            }
            case 30 -> months(1, since, now);
            default -> {
                LocalDate first = since.toLocalDate();
                long whole = ChronoUnit.DAYS.between(first, today) / number;
                LocalDate start = first.plusDays(whole * number);
                yield between(start, start.plusDays(number), zone);
            }
        };
    }

    private static BudgetPeriod months(int number, ZonedDateTime since, ZonedDateTime now) {
        LocalDate first = since.toLocalDate().withDayOfMonth(1);
        long whole = ChronoUnit.MONTHS.between(first, now.toLocalDate()) / number;
        LocalDate start = first.plusMonths(whole * number);
        return between(start, start.plusMonths(number), now.getZone());
    }

    /** The multiples of a step since midnight; the last one of a day ends with it. */
    private static BudgetPeriod ofDay(Duration step, ZonedDateTime now, Instant since) {
        Instant midnight = now.toLocalDate().atStartOfDay(now.getZone()).toInstant();
        Instant nextMidnight =
                now.toLocalDate().plusDays(1).atStartOfDay(now.getZone()).toInstant();
        if (step.compareTo(Duration.ofDays(1)) >= 0) {
            long whole = Duration.between(since, now.toInstant()).dividedBy(step);
            Instant start = since.plus(step.multipliedBy(whole));
            return new BudgetPeriod(start, start.plus(step));
        }
        long whole = Duration.between(midnight, now.toInstant()).dividedBy(step);
        Instant start = midnight.plus(step.multipliedBy(whole));
        Instant end = start.plus(step);
        return new BudgetPeriod(start, end.isAfter(nextMidnight) ? nextMidnight : end);
    }

    private static BudgetPeriod between(LocalDate start, LocalDate end, ZoneId zone) {
        return new BudgetPeriod(
                start.atStartOfDay(zone).toInstant(), end.atStartOfDay(zone).toInstant());
    }

    /** Whether a time lies in it. */
    public boolean contains(Instant time) {
        return !time.isBefore(start) && (end == null || time.isBefore(end));
    }
}
