package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.limits.Sharing.Verdict;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One call of the lease script: what is asked, what is stated, and what to do with the answer. */
final class LeaseBatch {

    /** The keys of all questions; those of the cells follow. */
    private static final List<String> COMMON = List.of("runs", "meta", "wanted");

    private final String prefix;
    private final boolean last;
    private final long nowNanos;
    private final Map<Cell, Entry> entries = new LinkedHashMap<>();
    private final List<LeaseAsk> asks = new ArrayList<>();
    private final List<List<Part>> parts = new ArrayList<>();

    /** One cell in the question. */
    private static final class Entry {
        final int index;
        final Statement statement;
        private long mean;
        private double variance;
        private long granted;

        Entry(int index, Statement statement) {
            this.index = index;
            this.statement = statement;
        }

        /**
         * What must be granted for one demand more, in the unit of the wire: never less than it
         * adds, because what was granted before may be taken until the answer is here.
         */
        long need(Demand demand) {
            Cell cell = demand.cell();
            long added = cell.added(mean, variance, demand);
            mean += demand.mean();
            variance += demand.variance();
            return Math.min(Statement.MOST, Math.ceilDiv(added, cell.unit));
        }
    }

    private record Part(Entry entry, long need) {}

    /**
     * An empty question.
     *
     * @param prefix of all keys; its braces keep them on one node of a Redis cluster
     * @param last whether this ingress ends: it gives back what it can
     */
    LeaseBatch(String prefix, boolean last, long nowNanos) {
        this.prefix = prefix;
        this.last = last;
        this.nowNanos = nowNanos;
    }

    int cells() {
        return entries.size();
    }

    void add(LeaseAsk ask) {
        List<Part> needs = new ArrayList<>(ask.demands().size());
        for (Demand demand : ask.demands()) {
            Entry entry = entries.get(demand.cell());
            if (entry == null) {
                entry = enter(demand.cell(), demand);
            }
            needs.add(new Part(entry, entry.need(demand)));
        }
        asks.add(ask);
        parts.add(needs);
    }

    /** States a cell without asking for more. */
    void add(Cell cell) {
        if (!entries.containsKey(cell)) {
            Statement statement = cell.state(null, last, nowNanos);
            if (statement != null) {
                entries.put(cell, new Entry(entries.size() + 1, statement));
            }
        }
    }

    private Entry enter(Cell cell, Demand demand) {
        Statement statement = requireNonNull(cell.state(demand, last, nowNanos));
        var entry = new Entry(entries.size() + 1, statement);
        entries.put(cell, entry);
        return entry;
    }

    List<Object> keys() {
        List<Object> keys = new ArrayList<>(entries.size() + COMMON.size());
        COMMON.forEach(key -> keys.add(prefix + key));
        entries.values().forEach(entry -> keys.add(prefix + entry.statement.key()));
        return keys;
    }

    /**
     * What the script is told.
     *
     * @param heardMillis when it answered last, by its clock
     */
    Object[] arguments(String run, long sequence, long heardMillis) {
        List<Object> words = new ArrayList<>();
        words.add(run);
        words.add(sequence);
        words.add(last ? 1 : 0);
        words.add(heardMillis);
        words.add(entries.size());
        entries.values().forEach(entry -> write(words, entry.statement));
        words.add(asks.size());
        for (List<Part> needs : parts) {
            words.add(needs.size());
            for (Part part : needs) {
                words.add(part.entry.index);
                words.add(part.need);
            }
        }
        return words.stream().map(Object::toString).toArray();
    }

    private void write(List<Object> words, Statement statement) {
        // The calls of an ingress that ends are over.
        boolean over = last && statement.type() == 'o';
        words.add(statement.type());
        words.add(statement.limit());
        words.add(over ? 0 : statement.held());
        words.add(over ? 0 : statement.lease());
        words.add(statement.slack().quantum());
        words.add(statement.slack().most());
        words.add(statement.start());
        words.add(statement.ageMillis());
        words.add(statement.lengthMillis());
        words.add(statement.others());
        words.add(statement.writers().size());
        statement
                .writers()
                .forEach((writer, amount) -> {
                    words.add(writer);
                    words.add(amount);
                });
    }

    LeaseReply read(List<?> numbers) throws LeaseFailure {
        return LeaseReply.of(numbers, entries.size(), asks.size());
    }

    /**
     * Gives everybody what he was granted.
     *
     * @return those who are to ask again, for others have slack that they could have
     */
    List<LeaseAsk> settle(LeaseReply reply, long heardNanos) {
        for (int i = 0; i < asks.size(); i++) {
            if (reply.verdicts().get(i) == LeaseReply.GRANTED) {
                parts.get(i).forEach(part -> part.entry.granted += part.need);
            }
        }
        entries.forEach((cell, entry) ->
                cell.hear(
                        reply,
                        reply.cells().get(entry.index - 1),
                        entry.statement.slack(),
                        entry.granted,
                        heardNanos));
        List<LeaseAsk> waiting = new ArrayList<>();
        for (int i = 0; i < asks.size(); i++) {
            LeaseAsk ask = asks.get(i);
            int verdict = reply.verdicts().get(i);
            switch (verdict) {
                case LeaseReply.GRANTED ->
                        ask.grant(parts.get(i).stream().map(Part::need).toList(), heardNanos);
                case LeaseReply.NOT_NOW -> ask.answer(new Verdict.Unknown());
                default -> {
                    Demand scarce = demand(i, LeaseReply.waitingFor(verdict));
                    if (scarce == null) {
                        ask.refuse(demand(i, verdict), heardNanos);
                    } else {
                        ask.waitFor(scarce);
                        waiting.add(ask);
                    }
                }
            }
        }
        return waiting;
    }

    private @Nullable Demand demand(int ask, int entryIndex) {
        List<Part> needs = parts.get(ask);
        for (int i = 0; i < needs.size(); i++) {
            if (needs.get(i).entry.index == entryIndex) {
                return asks.get(ask).demands().get(i);
            }
        }
        return null;
    }

    /** Nobody answered: each decides by what is known here. */
    void fail() {
        entries.keySet().forEach(Cell::unheard);
        asks.forEach(ask -> ask.answer(new Verdict.Unknown()));
    }
}
