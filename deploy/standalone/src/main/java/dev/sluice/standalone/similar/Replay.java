package dev.sluice.standalone.similar;

import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.index.Found;
import dev.sluice.semantics.index.Found.Hit;
import dev.sluice.semantics.index.Found.Miss;
import dev.sluice.semantics.index.IndexBounds;
import dev.sluice.semantics.index.Scope;
import dev.sluice.semantics.index.SimilarityIndex;
import dev.sluice.standalone.similar.Questions.Asked;
import dev.sluice.standalone.similar.Questions.Pair;

import java.time.Duration;
import java.util.Map;

/** Plays a file against an index at one threshold. The same file, the same tally. */
final class Replay {

    private static final Duration LONG = Duration.ofDays(1);
    private static final long BYTES = 4L << 30;

    private final Map<String, Encoded> texts;
    private final double threshold;
    private final boolean guarded;

    /**
     * A text with all that the index needs.
     *
     * @param vector empty if the text is too long for one: it is never a hit
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
    record Encoded(float[] vector, Fingerprint print) {}

    Replay(Map<String, Encoded> texts, double threshold, boolean guarded) {
        this.texts = texts;
        this.threshold = threshold;
        this.guarded = guarded;
    }

    Tally of(Questions questions) {
        return switch (questions) {
            case Questions.Pairs pairs -> of(pairs);
            case Questions.Stream stream -> of(stream);
        };
    }

    private Tally of(Questions.Pairs pairs) {
        var tally = new Tally();
        SimilarityIndex<Boolean> index = index(1);
        for (int i = 0; i < pairs.rows().size(); i++) {
            Pair pair = pairs.rows().get(i);
            Scope scope = new Scope(i, 0, 0, 0);
            keep(index, scope, "kept", pair.kept(), pair.same());
            count(look(index, scope, pair.asked()), true, pair.kind(), tally);
        }
        return tally;
    }

    private Tally of(Questions.Stream stream) {
        var tally = new Tally();
        SimilarityIndex<String> index = index(Math.max(1, stream.rows().size()));
        Scope scope = new Scope(0, 0, 0, 0);
        for (int i = 0; i < stream.rows().size(); i++) {
            Asked asked = stream.rows().get(i);
            Found<String> found = look(index, scope, asked.text());
            count(found, asked.cluster(), "", tally);
            if (found instanceof Miss<String>) {
                keep(index, scope, Integer.toString(i), asked.text(), asked.cluster());
            }
        }
        return tally;
    }

    private static <T> void count(Found<T> found, T right, String kind, Tally tally) {
        switch (found) {
            case Hit<T> hit -> tally.hit(hit.value().equals(right), kind);
            case Miss<T> miss -> tally.miss(miss.refusedBy(), kind);
        }
    }

    private static <T> SimilarityIndex<T> index(int entries) {
        return new SimilarityIndex<>(
                new IndexBounds(entries, entries, BYTES),
                SemanticVerification.DIMENSIONS,
                System::nanoTime);
    }

    private <T> void keep(SimilarityIndex<T> index, Scope scope, String id, String text, T value) {
        Encoded encoded = encoded(text);
        if (encoded.vector().length > 0) {
            index.add(scope, id, encoded.vector(), encoded.print(), value, 0, LONG);
        }
    }

    private <T> Found<T> look(SimilarityIndex<T> index, Scope scope, String text) {
        Encoded encoded = encoded(text);
        if (encoded.vector().length == 0) {
            return new Miss<>(0, null);
        }
        return guarded
                ? index.find(scope, encoded.vector(), encoded.print(), threshold)
                : index.findUnguarded(scope, encoded.vector(), encoded.print(), threshold);
    }

    private Encoded encoded(String text) {
        Encoded encoded = texts.get(text);
        if (encoded == null) {
            throw new IllegalStateException("a text that was not encoded");
        }
        return encoded;
    }
}
