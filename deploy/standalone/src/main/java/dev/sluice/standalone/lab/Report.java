package dev.sluice.standalone.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The table of one scenario: medians over the seeds, with least and most where they matter. */
final class Report {

    private static final String ROW =
            "| %-22s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |";

    private Report() {}

    static List<String> of(Scenario scenario, Map<String, List<Outcome>> outcomes) {
        List<String> lines = new ArrayList<>();
        int seeds = outcomes.values().iterator().next().size();
        lines.add("");
        lines.add(
                "### %s: %s (%d calls%s)"
                        .formatted(
                                scenario.name(),
                                scenario.title(),
                                outcomes.values().iterator().next().getFirst().calls(),
                                seeds == 1 ? "" : ", %d seeds".formatted(seeds)));
        lines.add("");
        lines.add(
                ROW.formatted(
                        "strategy",
                        "TTFT p50 s",
                        "p95",
                        "p99",
                        "end to end p50 s",
                        "p95",
                        "p99",
                        "errors",
                        "429s",
                        "extra calls",
                        "$ per 1K",
                        "recovery s"));
        lines.add("|---|---|---|---|---|---|---|---|---|---|---|---|");
        outcomes.forEach((policy, runs) -> lines.add(row(policy, runs)));
        return lines;
    }

    private static String row(String policy, List<Outcome> runs) {
        return ROW.formatted(
                policy,
                plain(runs, Outcome::firstTokenP50),
                plain(runs, Outcome::firstTokenP95),
                spread(runs, Outcome::firstTokenP99),
                plain(runs, Outcome::totalP50),
                plain(runs, Outcome::totalP95),
                plain(runs, Outcome::totalP99),
                share(runs, Outcome::errors),
                share(runs, Outcome::rateLimited),
                share(runs, Outcome::extraCalls),
                plain(runs, Outcome::dollarsAThousand),
                recovery(runs));
    }

    private static String plain(List<Outcome> runs, ToDoubleFunction<Outcome> figure) {
        return number(at(runs, figure, 0.5));
    }

    private static String spread(List<Outcome> runs, ToDoubleFunction<Outcome> figure) {
        String median = plain(runs, figure);
        return runs.size() == 1
                ? median
                : "%s (%s-%s)"
                        .formatted(
                                median, number(at(runs, figure, 0)), number(at(runs, figure, 1)));
    }

    private static String share(List<Outcome> runs, ToDoubleFunction<Outcome> count) {
        double median = at(runs, run -> 100 * count.applyAsDouble(run) / run.calls(), 0.5);
        return median == 0 ? "0" : String.format(Locale.ROOT, "%.2f %%", median);
    }

    private static String recovery(List<Outcome> runs) {
        double median = at(runs, Outcome::recoverySeconds, 0.5);
        if (Double.isNaN(median)) {
            return "-";
        }
        double most = at(runs, Outcome::recoverySeconds, 1);
        return runs.size() == 1
                ? whole(median)
                : "%s (%s-%s)"
                        .formatted(
                                whole(median),
                                whole(at(runs, Outcome::recoverySeconds, 0)),
                                whole(most));
    }

    private static String whole(double seconds) {
        return Double.isInfinite(seconds) ? "never" : String.format(Locale.ROOT, "%.0f", seconds);
    }

    private static double at(List<Outcome> runs, ToDoubleFunction<Outcome> figure, double share) {
        double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }
}
