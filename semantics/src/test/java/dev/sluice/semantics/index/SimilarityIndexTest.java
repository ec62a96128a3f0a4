package dev.sluice.semantics.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.semantics.encoding.Vectors;
import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.guards.Fingerprints;
import dev.sluice.semantics.guards.Guard;
import dev.sluice.semantics.index.Found.Hit;
import dev.sluice.semantics.index.Found.Miss;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

class SimilarityIndexTest {

    private static final int DIMENSIONS = 384;
    private static final Scope ONE = new Scope(1, 0, 0, 0);
    private static final Scope OTHER = new Scope(2, 0, 0, 0);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final IndexBounds ROOMY = new IndexBounds(100_000, 100_000, 1L << 30);

    private static Fingerprint plain;
    private static Fingerprint three;

    private final AtomicLong clock = new AtomicLong(-5);
    private final Random random = new Random(42);

    @BeforeAll
    static void takesPrints() throws IOException {
        var prints = new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled());
        plain = prints.of("How many apples?");
        three = prints.of("How many of 3 apples?");
    }

    private SimilarityIndex<String> index(IndexBounds bounds) {
        return new SimilarityIndex<>(bounds, DIMENSIONS, clock::get);
    }

    private float[] anywhere() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return Vectors.ofLengthOne(vector);
    }

    /** At about this cosine to another. */
    private float[] near(float[] vector, double cosine) {
        float[] aside = anywhere();
        double overlap = Vectors.cosine(vector, aside);
        float[] near = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            near[i] = (float) (aside[i] - overlap * vector[i]);
        }
        Vectors.ofLengthOne(near);
        double sine = Math.sqrt(1 - cosine * cosine);
        for (int i = 0; i < DIMENSIONS; i++) {
            near[i] = (float) (cosine * vector[i] + sine * near[i]);
        }
        return Vectors.ofLengthOne(near);
    }

    private static String hit(Found<String> found) {
        return switch (found) {
            case Hit<String> hit -> hit.value();
            case Miss<String> _ -> "";
        };
    }

    private static void add(SimilarityIndex<String> index, Scope scope, String id, float[] vector) {
        assertThat(index.add(scope, id, vector, plain, id, 10, HOUR)).isTrue();
    }

    @Test
    void findsWhatIsNearEnoughAtOnce() {
        SimilarityIndex<String> index = index(ROOMY);
        float[] kept = anywhere();
        add(index, ONE, "a", kept);

        Found<String> found = index.find(ONE, near(kept, 0.93), plain, 0.9);

        assertThat(found)
                .isInstanceOfSatisfying(
                        Hit.class,
                        hit -> {
                            assertThat(hit.id()).isEqualTo("a");
                            assertThat(hit.similarity()).isCloseTo(0.93, within(0.001));
                        });
        assertThat(index.find(ONE, near(kept, 0.88), plain, 0.9)).isEqualTo(new Miss<>(0, null));
    }

    @Test
    void findsNothingOfAnotherScope() {
        SimilarityIndex<String> index = index(ROOMY);
        float[] kept = anywhere();
        add(index, ONE, "a", kept);

        assertThat(hit(index.find(OTHER, kept, plain, 0.5))).isEmpty();
        assertThat(hit(index.find(ONE, kept, plain, 0.5))).isEqualTo("a");
    }

    @Test
    void givesTheNearestThatTheGuardsLetThrough() {
        SimilarityIndex<String> index = index(ROOMY);
        float[] asked = anywhere();
        index.add(ONE, "refused", near(asked, 0.99), three, "refused", 0, HOUR);

        Found<String> alone = index.find(ONE, asked, plain, 0.9);
        add(index, ONE, "farther", near(asked, 0.93));
        add(index, ONE, "nearer", near(asked, 0.96));

        assertThat(alone)
                .isInstanceOfSatisfying(
                        Miss.class,
                        miss -> {
                            assertThat(miss.refusedBy()).isEqualTo(Guard.NUMBERS);
                            assertThat(miss.similarity()).isCloseTo(0.99, within(0.001));
                        });
        assertThat(hit(index.find(ONE, asked, plain, 0.9))).isEqualTo("nearer");
        assertThat(hit(index.findUnguarded(ONE, asked, plain, 0.9))).isEqualTo("refused");
    }

    @Test
    void agreesWithANaiveIndex() {
        SimilarityIndex<String> index = index(ROOMY);
        Map<Scope, Map<String, float[]>> naive = new HashMap<>();
        List<Scope> scopes = List.of(ONE, OTHER, new Scope(3, 0, 0, 0));
        List<float[]> centres = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            centres.add(anywhere());
        }
        int hits = 0;
        for (int step = 0; step < 6_000; step++) {
            Scope scope = scopes.get(random.nextInt(3));
            Map<String, float[]> mine = naive.computeIfAbsent(scope, _ -> new HashMap<>());
            float[] vector = near(centres.get(random.nextInt(20)), 0.93);
            String id = scope.a() + "-" + random.nextInt(400);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    add(index, scope, id, vector);
                    mine.put(id, vector);
                }
                case 2 -> assertThat(index.remove(id)).isEqualTo(mine.remove(id) != null);
                default -> {
                    double threshold = 0.80 + random.nextInt(20) / 100.0;
                    String nearest = nearest(mine, vector, threshold);
                    assertThat(hit(index.find(scope, vector, plain, threshold)))
                            .as("step %d", step)
                            .isEqualTo(nearest);
                    hits += nearest.isEmpty() ? 0 : 1;
                }
            }
        }
        assertThat(hits).isBetween(500, 2_400);
        assertThat(index.size().entries())
                .isEqualTo(naive.values().stream().mapToInt(Map::size).sum());
    }

    private static String nearest(Map<String, float[]> kept, float[] vector, double threshold) {
        String nearest = "";
        double best = threshold;
        for (var entry : kept.entrySet()) {
            double cosine = Vectors.cosine(entry.getValue(), vector);
            if (cosine >= best) {
                best = cosine;
                nearest = entry.getKey();
            }
        }
        return nearest;
    }

    @Test
    void overlooksHardlyAnythingInALargeScope() {
        SimilarityIndex<String> index = index(ROOMY);
        List<float[]> kept = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            kept.add(anywhere());
            add(index, ONE, Integer.toString(i), kept.get(i));
        }
        int overlooked = 0;
        for (int i = 0; i < 5_000; i++) {
            double cosine = 0.80 + random.nextInt(19) / 100.0;
            float[] asked = near(kept.get(i), cosine + 0.002);
            overlooked += hit(index.find(ONE, asked, plain, cosine)).equals("" + i) ? 0 : 1;
        }
        assertThat(overlooked).isLessThanOrEqualTo(2);
    }

    @Test
    void forgetsWhatIsOutOfDate() {
        SimilarityIndex<String> index = index(ROOMY);
        float[] kept = anywhere();
        index.add(ONE, "brief", kept, plain, "brief", 0, Duration.ofSeconds(1));
        index.add(OTHER, "long", kept, plain, "long", 0, HOUR);

        clock.addAndGet(Duration.ofSeconds(1).toNanos());

        assertThat(hit(index.find(ONE, kept, plain, 0.9))).isEmpty();
        assertThat(hit(index.find(OTHER, kept, plain, 0.9))).isEqualTo("long");
        assertThat(index.removeExpired()).isEqualTo(1);
        assertThat(index.size()).extracting("entries", "scopes").containsExactly(1, 1);
    }

    @Test
    void keepsOneEntryAnId() {
        SimilarityIndex<String> index = index(ROOMY);
        float[] before = anywhere();
        float[] after = anywhere();
        add(index, ONE, "a", before);
        index.add(OTHER, "a", after, plain, "new", 0, HOUR);

        assertThat(hit(index.find(ONE, before, plain, 0.9))).isEmpty();
        assertThat(hit(index.find(OTHER, after, plain, 0.9))).isEqualTo("new");
        assertThat(index.size().entries()).isEqualTo(1);
        assertThat(index.remove("a")).isTrue();
        assertThat(index.remove("a")).isFalse();
        assertThat(index.size()).isEqualTo(new SimilarityIndex.Size(0, 0, 0, 0));
    }

    @Test
    void removesWhatIsMeant() {
        SimilarityIndex<String> index = index(ROOMY);
        for (int i = 0; i < 100; i++) {
            add(index, i % 2 == 0 ? ONE : OTHER, "id" + i, anywhere());
        }
        assertThat(index.removeIf(value -> value.endsWith("7"))).isEqualTo(10);
        assertThat(index.size().entries()).isEqualTo(90);

        index.clear();

        assertThat(index.size()).isEqualTo(new SimilarityIndex.Size(0, 0, 0, 0));
    }

    @Test
    void givesUpWhatWasNotUsedForLongest() {
        SimilarityIndex<String> index = index(new IndexBounds(10, 10, 1L << 30));
        float[] popular = anywhere();
        add(index, ONE, "popular", popular);
        for (int i = 0; i < 50; i++) {
            add(index, i % 2 == 0 ? ONE : OTHER, "id" + i, anywhere());
            assertThat(hit(index.find(ONE, popular, plain, 0.9))).isEqualTo("popular");
            assertThat(index.size().entries()).isLessThanOrEqualTo(10);
        }
        assertThat(index.size().evicted()).isEqualTo(41);
        assertThat(index.remove("id49")).isTrue();
        assertThat(index.remove("id0")).isFalse();
    }

    @Test
    void boundsEachScopeAndTheBytes() {
        SimilarityIndex<String> index = index(new IndexBounds(1_000, 5, 40_000));
        for (int i = 0; i < 30; i++) {
            add(index, ONE, "id" + i, anywhere());
        }
        assertThat(index.size().entries()).isEqualTo(5);

        for (int i = 0; i < 100; i++) {
            add(index, new Scope(i, 1, 1, 1), "other" + i, anywhere());
            assertThat(index.size().bytes()).isLessThanOrEqualTo(40_000);
        }
        assertThat(index.size().entries()).isBetween(20, 40);
        assertThat(index.size().scopes()).isEqualTo(index.size().entries());
        assertThat(index.add(ONE, "huge", anywhere(), plain, "huge", 50_000, HOUR)).isFalse();
    }

    @Test
    void staysSmallUnderEndlessChange() {
        SimilarityIndex<String> index = index(ROOMY);
        add(index, ONE, "stays", anywhere());
        float[] vector = anywhere();
        for (int i = 0; i < 20_000; i++) {
            add(index, new Scope(i % 7, 9, 9, 9), "id", vector);
        }
        assertThat(index.size()).extracting("entries", "scopes").containsExactly(2, 2);
        assertThat(index.queued()).isLessThan(2_000);
    }

    @Test
    void refusesVectorsOfAnotherLength() {
        assertThatThrownBy(() -> index(ROOMY).find(ONE, new float[3], plain, 0.9))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Scope.of(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void servesManyThreadsAtOnce() throws Exception {
        SimilarityIndex<String> index = index(new IndexBounds(500, 300, 1L << 30));
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            vectors.add(anywhere());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> work = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int seed = thread;
                work.add(threads.submit(() -> churn(index, vectors, new Random(seed))));
            }
            int hits = 0;
            for (Future<Integer> done : work) {
                hits += done.get();
            }
            assertThat(hits).isPositive();
        }
        int found = 0;
        for (int i = 0; i < 1_000; i++) {
            for (Scope scope : List.of(ONE, OTHER)) {
                found +=
                        hit(index.findUnguarded(scope, vectors.get(i), plain, 0.99)).isEmpty()
                                ? 0
                                : 1;
            }
        }
        assertThat(index.size().entries()).isEqualTo(found).isLessThanOrEqualTo(500);
        index.clear();
        assertThat(index.size()).extracting("entries", "scopes", "bytes").containsExactly(0, 0, 0L);
    }

    /** Changes and looks up at random; whatever is found is what was asked for. */
    private static int churn(SimilarityIndex<String> index, List<float[]> vectors, Random random) {
        int hits = 0;
        for (int step = 0; step < 3_000; step++) {
            int number = random.nextInt(vectors.size());
            Scope scope = number % 2 == 0 ? ONE : OTHER;
            String id = Integer.toString(number);
            switch (random.nextInt(4)) {
                case 0 -> index.add(scope, id, vectors.get(number), plain, id, 0, HOUR);
                case 1 -> index.remove(id);
                default -> {
                    String found = hit(index.find(scope, vectors.get(number), plain, 0.95));
                    assertThat(found).isIn("", id);
                    hits += found.isEmpty() ? 0 : 1;
                }
            }
        }
        return hits;
    }
}
