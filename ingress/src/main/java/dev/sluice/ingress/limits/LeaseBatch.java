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

    private final String prefix;
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
        private long largestNeed;
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
            long need = Math.min(Statement.MOST, Math.ceilDiv(added, cell.unit));
            largestNeed = Math.max(largestNeed, need);
            return need;
        }
    }

    private record Part(Entry entry, long need) {}

    /**
     * An empty question.
     *
     * @param prefix of all keys; its braces keep them on one node of a Redis cluster
     */
    LeaseBatch(String prefix, long nowNanos) {
        this.prefix = prefix;
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
            Statement statement = cell.state(null, nowNanos);
            if (statement != null) {
                entries.put(cell, new Entry(entries.size() + 1, statement));
            }
        }
    }

    private Entry enter(Cell cell, Demand demand) {
        Statement statement = requireNonNull(cell.state(demand, nowNanos));
        var entry = new Entry(entries.size() + 1, statement);
        entries.put(cell, entry);
        return entry;
    }

    List<Object> keys() {
        List<Object> keys = new ArrayList<>(entries.size() + 2);
        keys.add(prefix + "runs");
        keys.add(prefix + "meta");
        entries.values().forEach(entry -> keys.add(prefix + entry.statement.key()));
        return keys;
    }

    Object[] arguments(String run, long sequence) {
        List<Object> words = new ArrayList<>();
        words.add(run);
        words.add(sequence);
        words.add(entries.size());
        entries.forEach((cell, entry) -> write(words, cell, entry));
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

    private void write(List<Object> words, Cell cell, Entry entry) {
        Statement statement = entry.statement;
        words.add(statement.type());
        words.add(statement.limit());
        words.add(statement.mine());
        words.add(entry.largestNeed == 0 ? 0 : cell.ahead(entry.largestNeed, nowNanos));
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

    /** Gives everybody what he was granted. */
    void settle(LeaseReply reply, long heardNanos) {
        for (int i = 0; i < asks.size(); i++) {
            if (reply.verdicts().get(i) == LeaseReply.GRANTED) {
                parts.get(i).forEach(part -> part.entry.granted += part.need);
            }
        }
        entries.forEach((cell, entry) ->
                cell.hear(
                        reply,
                        reply.cells().get(entry.index - 1),
                        entry.granted,
                        entry.largestNeed,
                        heardNanos));
        for (int i = 0; i < asks.size(); i++) {
            LeaseAsk ask = asks.get(i);
            int verdict = reply.verdicts().get(i);
            switch (verdict) {
                case LeaseReply.GRANTED ->
                        ask.grant(parts.get(i).stream().map(Part::need).toList(), heardNanos);
                case LeaseReply.NOT_NOW -> ask.answer(new Verdict.Unknown());
                default -> ask.refuse(refusing(i, verdict), heardNanos);
            }
        }
    }

    private @Nullable Demand refusing(int ask, int entryIndex) {
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
