package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;

import java.util.Arrays;
import java.util.List;

/** What the callers of one run saw, by the number of the call. */
final class Ledger {

    private static final int RATE_LIMITED = 429;

    private final Scenario scenario;
    private final List<Arrival> arrivals;
    private final long[] firstTokenMicros;
    private final long[] totalMicros;
    private final int[] status;
    private final int[] attempts;

    Ledger(Scenario scenario, List<Arrival> arrivals) {
        this.scenario = scenario;
        this.arrivals = arrivals;
        this.firstTokenMicros = new long[arrivals.size()];
        this.totalMicros = new long[arrivals.size()];
        this.status = new int[arrivals.size()];
        this.attempts = new int[arrivals.size()];
    }

    void attempted(Call call) {
        attempts[call.arrival.number()] = call.attempts;
    }

    void answered(Arrival call, long now) {
        firstTokenMicros[call.number()] = now - call.atMicros();
    }

    void ended(Arrival call, long now) {
        totalMicros[call.number()] = now - call.atMicros();
        status[call.number()] = 200;
    }

    void refused(Arrival call, int with) {
        status[call.number()] = with;
        totalMicros[call.number()] = 0;
    }

    Outcome outcome(double dollars) {
        int from = 0;
        while (from < arrivals.size()
                && arrivals.get(from).atMicros() < scenario.measuredFrom() * 1_000_000L) {
            from++;
        }
        int calls = arrivals.size() - from;
        int errors = 0;
        int limited = 0;
        int extra = 0;
        for (int i = from; i < arrivals.size(); i++) {
            extra += Math.max(0, attempts[i] - 1);
            limited += status[i] == RATE_LIMITED ? 1 : 0;
            errors += status[i] != 200 && status[i] != RATE_LIMITED ? 1 : 0;
        }
        long[] firsts = answered(firstTokenMicros, from);
        long[] totals = answered(totalMicros, from);
        return new Outcome(
                calls,
                seconds(firsts, 0.5),
                seconds(firsts, 0.95),
                seconds(firsts, 0.99),
                seconds(totals, 0.5),
                seconds(totals, 0.95),
                seconds(totals, 0.99),
                errors,
                limited,
                extra,
                dollars / Math.max(1, arrivals.size()) * 1000,
                recovery(from));
    }

    private long[] answered(long[] micros, int from) {
        long[] answered = new long[arrivals.size() - from];
        int count = 0;
        for (int i = from; i < arrivals.size(); i++) {
            if (status[i] == 200) {
                answered[count++] = micros[i];
            }
        }
        long[] sorted = Arrays.copyOf(answered, count);
        Arrays.sort(sorted);
        return sorted;
    }

    private static double seconds(long[] sorted, double share) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1e6;
    }

    private double recovery(int from) {
        if (scenario.recoversFrom() < 0) {
            return Double.NaN;
        }
        long[] time = new long[arrivals.size()];
        for (int i = 0; i < time.length; i++) {
            time[i] = status[i] == 200 ? firstTokenMicros[i] : Long.MAX_VALUE;
        }
        return Recovery.seconds(arrivals, time, from, scenario.recoversFrom(), scenario.seconds());
    }
}
