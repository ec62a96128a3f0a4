package dev.sluice.standalone.chaos;

import dev.sluice.standalone.chaos.Matching.Pair;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Compares the books with the provider's ledger and with what callers saw. Pure. */
final class Audit {

    private static final int EXAMPLES_MAX = 5;
    private static final String SETTLED = "settled";
    private static final String ESTIMATED = "estimated";

    private final List<Finding> findings = new ArrayList<>();

    private Audit() {}

    /** All findings, what must hold first. */
    static List<Finding> of(List<Billed> billed, List<Booked> booked, List<Answered> answered) {
        var audit = new Audit();
        Matching matching = Matching.of(billed, booked);
        audit.findings.add(
                Finding.fact("attempts that the provider received", billed.size())
                        .with("%d of them billed".formatted(count(billed))));
        audit.findings.add(
                Finding.fact("rows in the books", booked.size()).with("kinds " + kinds(booked)));
        audit.attempts(matching);
        audit.extras(matching.extra());
        audit.requests(booked);
        audit.answers(booked, answered);
        return List.copyOf(audit.findings);
    }

    private static long count(List<Billed> billed) {
        return billed.stream().filter(attempt -> attempt.costPico() > 0).count();
    }

    private static Map<String, Long> kinds(List<Booked> booked) {
        Map<String, Long> kinds = new TreeMap<>();
        booked.forEach(row -> kinds.merge(row.kind(), 1L, Long::sum));
        return kinds;
    }

    private void attempts(Matching matching) {
        none("attempts that are not in the books", matching.lost());
        List<Pair> settled = ofKind(matching, SETTLED);
        none(
                "settled, with other usage or money than the provider's",
                settled.stream().filter(pair -> !isEqual(pair)).toList());
        findings.add(
                Finding.fact("settled, equal to the picodollar", settled.size())
                        .with(
                                "%s provider, %s books"
                                        .formatted(usd(billed(settled)), usd(booked(settled)))));
        estimates(ofKind(matching, ESTIMATED));
        none(
                "voided, although the provider billed them",
                ofKind(matching, "voided").stream()
                        .filter(pair -> pair.billed().costPico() != 0)
                        .toList());
        none(
                "other kinds of rows for attempts",
                matching.pairs().stream()
                        .filter(pair ->
                                !Set.of(SETTLED, ESTIMATED, "voided")
                                        .contains(pair.booked().kind()))
                        .toList());
    }

    private void estimates(List<Pair> estimated) {
        findings.add(
                Finding.fact("estimated, and marked so", estimated.size())
                        .with(
                                "%s provider, %s books, total absolute error %s; classes %s"
                                        .formatted(
                                                usd(billed(estimated)),
                                                usd(booked(estimated)),
                                                usd(error(estimated)),
                                                classes(estimated))));
    }

    /** How many, and how far off, by what ended them. */
    private static Map<String, String> classes(List<Pair> pairs) {
        Map<String, List<Pair>> classes = new TreeMap<>();
        pairs.forEach(pair ->
                classes.computeIfAbsent(
                                String.valueOf(pair.booked().errorClass()), _ -> new ArrayList<>())
                        .add(pair));
        Map<String, String> told = new TreeMap<>();
        classes.forEach((name, some) -> told.put(name, some.size() + " off " + usd(error(some))));
        return told;
    }

    private static long error(List<Pair> pairs) {
        return pairs.stream()
                .mapToLong(pair ->
                        Math.abs(
                                Math.subtractExact(
                                        pair.billed().costPico(), pair.booked().costPico())))
                .reduce(0, Math::addExact);
    }

    /** Rows of which the provider knows nothing. */
    private void extras(List<Booked> extra) {
        List<Booked> presumed = extra.stream().filter(row -> row.isKind(ESTIMATED)).toList();
        findings.add(
                Finding.fact("estimates of attempts that never left", presumed.size())
                        .with(
                                "%s in the books, started before the ingress died"
                                        .formatted(usd(cost(presumed)))));
        none(
                "… that say something else than that the gateway stopped",
                presumed.stream()
                        .filter(row -> !"gateway_stopped".equals(row.errorClass()))
                        .toList());
        List<Booked> voided = extra.stream().filter(row -> row.isKind("voided")).toList();
        findings.add(
                Finding.fact("voided rows that only end a request", voided.size())
                        .with("no usage, no money"));
        none(
                "… with usage or money",
                voided.stream()
                        .filter(row -> row.costPico() != 0 || row.prompt() + row.completion() != 0)
                        .toList());
        none(
                "rows of attempts that the provider never received",
                extra.stream()
                        .filter(row -> !row.isKind(ESTIMATED) && !row.isKind("voided"))
                        .toList());
    }

    private void requests(List<Booked> booked) {
        Set<String> attempts = new HashSet<>();
        List<Booked> doubled = new ArrayList<>();
        Map<String, Integer> finals = new HashMap<>();
        for (Booked row : booked) {
            if (!attempts.add(row.requestId() + "/" + row.attempt())) {
                doubled.add(row);
            }
            finals.merge(row.requestId(), row.last() ? 1 : 0, Integer::sum);
        }
        none("attempts that are in the books twice", doubled);
        none(
                "requests without exactly one final row",
                finals.entrySet().stream().filter(entry -> entry.getValue() != 1).toList());
        findings.add(
                Finding.fact(
                        "cache hits",
                        booked.stream().filter(row -> row.isKind("cache_hit")).count()));
        none(
                "cache hits that cost",
                booked.stream()
                        .filter(row -> row.isKind("cache_hit") && row.costPico() != 0)
                        .toList());
    }

    private void answers(List<Booked> booked, List<Answered> answered) {
        Map<String, Booked> last = new HashMap<>();
        booked.stream().filter(Booked::last).forEach(row -> last.put(row.requestId(), row));
        List<Answered> whole =
                answered.stream().filter(a -> a.status() == 200 && a.whole()).toList();
        findings.add(
                Finding.fact("calls answered with 200", whole.size())
                        .with("of %d with any answer".formatted(answered.size())));
        none(
                "calls answered with 200 that the books do not have as a success",
                whole.stream().filter(a -> !isSuccess(last.get(a.requestId()))).toList());
        none(
                "calls answered with other tokens than the books have",
                whole.stream()
                        .filter(a -> a.promptTokens() >= 0)
                        .filter(a -> !hasTokens(last.get(a.requestId()), a))
                        .toList());
        none(
                "calls that began to be answered and are not in the books",
                answered.stream()
                        .filter(a -> a.status() == 200 && !last.containsKey(a.requestId()))
                        .toList());
    }

    private static boolean isSuccess(@Nullable Booked row) {
        return row != null && row.status().equals("success");
    }

    /** A hit has the tokens of the call whose answer it repeats; it uses none itself. */
    private static boolean hasTokens(@Nullable Booked row, Answered answer) {
        return row == null
                || !row.isKind(SETTLED)
                || (row.prompt() == answer.promptTokens()
                        && row.completion() == Math.max(0, answer.completionTokens()));
    }

    private static boolean isEqual(Pair pair) {
        Billed billed = pair.billed();
        Booked booked = pair.booked();
        return billed.prompt() == booked.prompt()
                && billed.cached() == booked.cached()
                && billed.output() == booked.completion()
                && billed.costPico() == booked.costPico();
    }

    private static List<Pair> ofKind(Matching matching, String kind) {
        return matching.pairs().stream().filter(pair -> pair.booked().isKind(kind)).toList();
    }

    private static long billed(List<Pair> pairs) {
        return pairs.stream().mapToLong(pair -> pair.billed().costPico()).reduce(0, Math::addExact);
    }

    private static long booked(List<Pair> pairs) {
        return cost(pairs.stream().map(Pair::booked).toList());
    }

    private static long cost(List<Booked> rows) {
        return rows.stream().mapToLong(Booked::costPico).reduce(0, Math::addExact);
    }

    private void none(String what, List<?> wrong) {
        Finding finding = Finding.mustBeNone(what, wrong.size());
        findings.add(
                wrong.isEmpty()
                        ? finding
                        : finding.with(
                                wrong.stream()
                                        .limit(EXAMPLES_MAX)
                                        .map(Object::toString)
                                        .toList()
                                        .toString()));
    }

    /** Picodollars as dollars, exactly. */
    static String usd(long pico) {
        return "$" + BigDecimal.valueOf(pico, 12).toPlainString();
    }
}
