package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The running sum of one account. Pure: charges and times come in, in any order of charges the same
 * sum comes out.
 *
 * <p>A charge counts if its call started within the period or after it. What is over 9.2 million
 * dollars stays there: a {@code long} holds no more picodollars, and wrapping round would make a
 * spent budget a fresh one.
 *
 * <p>Terms change under way:
 *
 * <ul>
 *   <li>another duration: what was spent stays spent, until the new duration's next reset;
 *   <li>another beginning (somebody set the spend by hand; the account's record is seen after its
 *       first calls): what started since then stays counted. That is exact where no counted call
 *       started before it, or where the {@value #RECENT_MAX} calls that started last reach back to
 *       it; calls before these are forgiven.
 * </ul>
 *
 * @param terms that it was counted under
 * @param basePico what the period began with
 * @param countedPico the charges that count in this period
 * @param countedFrom when the first call of {@code countedPico} started, {@link Instant#MAX} if
 *     there was none
 * @param totalPico all charges ever
 * @param writers shares of {@code countedPico}, the journal that wrote last at the end
 * @param recent what was counted of the calls that started last, the last at the end
 * @param asOf when the newest call of all ended
 */
record Tally(
        BudgetTerms terms,
        BudgetPeriod period,
        long basePico,
        long countedPico,
        Instant countedFrom,
        long totalPico,
        List<Share> writers,
        List<Counted> recent,
        Instant asOf) {

    static final int WRITERS_MAX = 32;
    static final int RECENT_MAX = 32;

    Tally {
        requireNonNull(terms, "terms is null");
        requireNonNull(period, "period is null");
        writers = List.copyOf(writers);
        recent = List.copyOf(recent);
    }

    /** What one journal brought. */
    record Share(String writer, long pico) {}

    /** One counted charge; the writer is null once it is none of the newest. */
    record Counted(Instant startedAt, long pico, @Nullable String writer) {}

    /** An account without any charge. */
    static Tally opened(BudgetTerms terms, ZoneId zone, Instant at) {
        BudgetPeriod period = terms.period(zone, at);
        return new Tally(
                terms,
                period,
                terms.baseOf(period),
                0,
                Instant.MAX,
                0,
                List.of(),
                List.of(),
                Instant.EPOCH);
    }

    /** Picodollars spent in the period. */
    long spentPico() {
        return add(basePico, countedPico);
    }

    /** The same account as it stands at a time, under the terms that hold then. */
    Tally at(Instant time, BudgetTerms now, ZoneId zone) {
        if (!now.beginsLike(terms)) {
            return movedTo(now, now.period(zone, time));
        }
        if (!Objects.equals(now.duration(), terms.duration())) {
            return with(now, now.period(zone, time));
        }
        Instant end = period.end();
        return end == null || time.isBefore(end) ? this : movedTo(now, now.period(zone, time));
    }

    /** With one more charge. */
    Tally charged(Charge charge) {
        boolean counts = !charge.startedAt().isBefore(period.start());
        long pico = charge.costPico();
        var counted = new Counted(charge.startedAt(), pico, charge.writer());
        return new Tally(
                terms,
                period,
                basePico,
                counts ? add(countedPico, pico) : countedPico,
                counts ? earlier(countedFrom, charge.startedAt()) : countedFrom,
                add(totalPico, pico),
                counts ? withShare(writers, charge.writer(), pico) : writers,
                counts ? withRecent(counted) : recent,
                asOf.isBefore(charge.endedAt()) ? charge.endedAt() : asOf);
    }

    /** What readers are told. */
    BudgetState state(String account) {
        Map<String, Long> shares = new LinkedHashMap<>();
        writers.forEach(share -> shares.put(share.writer(), share.pico()));
        return new BudgetState(
                account, period.start(), period.end(), spentPico(), totalPico, shares, asOf);
    }

    private Tally movedTo(BudgetTerms now, BudgetPeriod to) {
        if (!countedFrom.isBefore(to.start())) {
            return with(now, to).withBase(now.baseOf(to));
        }
        List<Counted> still =
                recent.stream()
                        .filter(counted -> !counted.startedAt().isBefore(to.start()))
                        .toList();
        long sum = 0;
        List<Share> shares = List.of();
        for (Counted counted : still) {
            sum = add(sum, counted.pico());
            String writer = counted.writer();
            shares = writer == null ? shares : withShare(shares, writer, counted.pico());
        }
        return new Tally(
                now,
                to,
                now.baseOf(to),
                sum,
                still.isEmpty() ? Instant.MAX : still.getFirst().startedAt(),
                totalPico,
                shares,
                still,
                asOf);
    }

    private Tally with(BudgetTerms now, BudgetPeriod to) {
        return new Tally(
                now, to, basePico, countedPico, countedFrom, totalPico, writers, recent, asOf);
    }

    private Tally withBase(long pico) {
        return new Tally(
                terms, period, pico, countedPico, countedFrom, totalPico, writers, recent, asOf);
    }

    private static List<Share> withShare(List<Share> shares, String writer, long pico) {
        List<Share> all = new ArrayList<>(shares.size() + 1);
        long sum = pico;
        for (Share share : shares) {
            if (share.writer().equals(writer)) {
                sum = add(share.pico(), pico);
            } else {
                all.add(share);
            }
        }
        all.add(new Share(writer, sum));
        return all.size() > WRITERS_MAX ? all.subList(1, all.size()) : all;
    }

    private List<Counted> withRecent(Counted counted) {
        int at = recent.size();
        while (at > 0 && recent.get(at - 1).startedAt().isAfter(counted.startedAt())) {
            at--;
        }
        List<Counted> all = new ArrayList<>(recent.size() + 1);
        all.addAll(recent);
        all.add(at, counted);
        return all.size() > RECENT_MAX ? all.subList(1, all.size()) : all;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static long add(long one, long other) {
        long sum = one + other;
        boolean overflows = ((one ^ sum) & (other ^ sum)) < 0;
        if (!overflows) {
            return sum;
        }
        return one > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
}
