package dev.sluice.ingress.limits;

import dev.sluice.schemas.events.BudgetState;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;

/** What the books say an account has spent, small enough to be kept of every account. */
final class BudgetBase {

    /** More than any state names. */
    private static final int RUNS_MAX = 10_000;

    private final long periodStartMillis;
    private final long spentPico;
    private final String[] runs;
    private final long[] picos;

    private BudgetBase(long periodStartMillis, long spentPico, String[] runs, long[] picos) {
        this.periodStartMillis = periodStartMillis;
        this.spentPico = spentPico;
        this.runs = runs;
        this.picos = picos;
    }

    /** The newest state of an account; names of runs are kept once for all accounts. */
    static BudgetBase of(BudgetState state, ConcurrentMap<String, String> names) {
        String[] runs = new String[state.writers().size()];
        long[] picos = new long[runs.length];
        int next = 0;
        for (Map.Entry<String, Long> writer : state.writers().entrySet()) {
            runs[next] = names.computeIfAbsent(writer.getKey(), name -> name);
            picos[next++] = writer.getValue();
        }
        return new BudgetBase(state.periodStart().toEpochMilli(), state.spentPico(), runs, picos);
    }

    /** What {@link #write} has written. */
    static BudgetBase read(DataInput in, ConcurrentMap<String, String> names) throws IOException {
        long periodStartMillis = in.readLong();
        long spentPico = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > RUNS_MAX) {
            throw new IOException("a number of runs is wrong");
        }
        String[] runs = new String[count];
        long[] picos = new long[count];
        for (int i = 0; i < count; i++) {
            runs[i] = names.computeIfAbsent(in.readUTF(), name -> name);
            picos[i] = in.readLong();
        }
        return new BudgetBase(periodStartMillis, spentPico, runs, picos);
    }

    /** For {@link #read}. */
    void write(DataOutput out) throws IOException {
        out.writeLong(periodStartMillis);
        out.writeLong(spentPico);
        out.writeInt(runs.length);
        for (int i = 0; i < runs.length; i++) {
            out.writeUTF(runs[i]);
            out.writeLong(picos[i]);
        }
    }

    /** Since when, in milliseconds of the epoch. */
    long periodStartMillis() {
        return periodStartMillis;
    }

    /** In the period, by all runs, and what was there at its start. */
    long spentPico() {
        return spentPico;
    }

    /** What of it a run contributed. */
    long of(String run) {
        for (int i = 0; i < runs.length; i++) {
            if (runs[i].equals(run)) {
                return picos[i];
            }
        }
        return 0;
    }

    /** What of it the other runs contributed. */
    Map<String, Long> without(String run, long unit) {
        Map<String, Long> others = new HashMap<>();
        for (int i = 0; i < runs.length; i++) {
            if (!runs[i].equals(run)) {
                others.put(runs[i], picos[i] / unit);
            }
        }
        return others;
    }
}
