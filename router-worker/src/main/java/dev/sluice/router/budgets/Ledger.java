package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.router.budgets.Tally.Counted;
import dev.sluice.router.budgets.Tally.Share;
import dev.sluice.schemas.accounts.BudgetPeriod;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the store keeps of one account.
 *
 * @param touchedAt when the last charge came, by this worker's clock
 * @param announced whether the output topic has a state of it
 * @param pending whether what the output topic has, if anything, is not this
 */
record Ledger(Tally tally, Instant touchedAt, boolean announced, boolean pending) {

    private static final byte VERSION = 1;

    Ledger {
        requireNonNull(tally, "tally is null");
        requireNonNull(touchedAt, "touchedAt is null");
    }

    byte[] packed() {
        BudgetTerms terms = tally.terms();
        BudgetPeriod period = tally.period();
        Instant end = period.end();
        var packer =
                new Packer(VERSION)
                        .flag(announced)
                        .flag(pending)
                        .instant(touchedAt)
                        .text(terms.duration())
                        .instant(terms.since())
                        .number(terms.atStartPico())
                        .instant(period.start())
                        .instant(end == null ? Instant.MAX : end)
                        .number(tally.basePico())
                        .number(tally.countedPico())
                        .instant(tally.countedFrom())
                        .number(tally.totalPico())
                        .instant(tally.asOf())
                        .small(tally.writers().size());
        for (Share share : tally.writers()) {
            packer.text(share.writer()).number(share.pico());
        }
        packer.small(tally.recent().size());
        for (Counted counted : tally.recent()) {
            packer.instant(counted.startedAt())
                    .number(counted.pico())
                    .small(place(counted.writer()));
        }
        return packer.bytes();
    }

    static Ledger unpacked(byte[] bytes) {
        var packed = new Unpacker(bytes, VERSION, "ledger");
        boolean announced = packed.flag();
        boolean pending = packed.flag();
        Instant touchedAt = packed.instant();
        var terms = new BudgetTerms(packed.text(), packed.instant(), packed.number());
        Instant start = packed.instant();
        Instant end = packed.instant();
        var period = new BudgetPeriod(start, end.equals(Instant.MAX) ? null : end);
        long basePico = packed.number();
        long countedPico = packed.number();
        Instant countedFrom = packed.instant();
        long totalPico = packed.number();
        Instant asOf = packed.instant();
        List<Share> writers = writers(packed);
        var tally =
                new Tally(
                        terms,
                        period,
                        basePico,
                        countedPico,
                        countedFrom,
                        totalPico,
                        writers,
                        recent(packed, writers),
                        asOf);
        return new Ledger(tally, touchedAt, announced, pending);
    }

    /** The journals' names are long and few: a charge names its own by the place among them. */
    private int place(@Nullable String writer) {
        List<Share> writers = tally.writers();
        for (int i = 0; i < writers.size(); i++) {
            if (writers.get(i).writer().equals(writer)) {
                return i;
            }
        }
        return -1;
    }

    private static List<Share> writers(Unpacker packed) {
        int size = packed.small();
        List<Share> writers = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            String writer = requireNonNull(packed.text(), "writer is null");
            writers.add(new Share(writer, packed.number()));
        }
        return writers;
    }

    private static List<Counted> recent(Unpacker packed, List<Share> writers) {
        int size = packed.small();
        List<Counted> recent = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            Instant startedAt = packed.instant();
            long pico = packed.number();
            int place = packed.small();
            recent.add(
                    new Counted(startedAt, pico, place < 0 ? null : writers.get(place).writer()));
        }
        return recent;
    }
}
