package dev.sluice.semantics.index;

import dev.sluice.semantics.encoding.EncoderSettings;
import dev.sluice.semantics.encoding.TextEncoder;
import dev.sluice.semantics.encoding.Vectors;
import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.guards.Fingerprints;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * What a look-up takes in one scope of 100,000 entries, what it holds in memory, and what vector
 * and fingerprint of a text take. Vectors lie in clusters; half of the look-ups are near an entry.
 *
 * <p>{@code mvn -pl semantics test-compile exec:exec@benchmark}
 */
public final class IndexBenchmark {

    private static final int ENTRIES = 100_000;
    private static final int CLUSTERS = 5_000;
    private static final int DIMENSIONS = 384;
    private static final Scope SCOPE = new Scope(1, 2, 3, 4);
    private static final String SHORT = "What's the capital city of France?";
    private static final String LONG =
            "Tom has 3 apples and buys 25 more for $2 each. ".repeat(12) + "How many are left?";

    private final Random random = new Random(1);

    private IndexBenchmark() {}

    /** Prints one line a measurement. */
    public static void main(String[] arguments) throws Exception {
        var benchmark = new IndexBenchmark();
        var prints = new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled());
        benchmark.lookUps(prints.of(SHORT));
        benchmark.texts(prints);
    }

    private void lookUps(Fingerprint print) {
        float[][] centres = new float[CLUSTERS][];
        for (int i = 0; i < CLUSTERS; i++) {
            centres[i] = anywhere();
        }
        float[][] asked = new float[2_000][];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = i % 2 == 0 ? anywhere() : beside(centres[random.nextInt(CLUSTERS)], 0.25);
        }
        long before = heap();
        var index =
                new SimilarityIndex<Integer>(
                        new IndexBounds(ENTRIES, ENTRIES, 4L << 30), DIMENSIONS, System::nanoTime);
        long began = System.nanoTime();
        for (int i = 0; i < ENTRIES; i++) {
            float[] vector = beside(centres[i % CLUSTERS], 0.35);
            index.add(SCOPE, Integer.toString(i), vector, print, i, 0, Duration.ofDays(1));
        }
        long added = System.nanoTime() - began;
        print(
                "entries %d, heap %d bytes an entry, as it counts itself %d",
                index.size().entries(),
                (heap() - before) / ENTRIES,
                index.size().bytes() / ENTRIES);
        print("add, the making of the vector included: %.1f us", added / 1e3 / ENTRIES);
        for (double threshold : new double[] {0.80, 0.90, 0.95}) {
            measure(
                    "look-up at %.2f".formatted(threshold),
                    10_000,
                    i -> index.find(SCOPE, asked[i % asked.length], print, threshold));
        }
    }

    private void texts(Fingerprints prints) throws InterruptedException {
        measure("fingerprint, 7 words", 20_000, _ -> prints.of(SHORT));
        measure("fingerprint, 130 words", 20_000, _ -> prints.of(LONG));
        long before = System.nanoTime();
        try (var encoder = new TextEncoder(EncoderSettings.DEFAULT)) {
            encoder.awaitReady(Duration.ofMinutes(1));
            print("model loaded in %d ms", (System.nanoTime() - before) / 1_000_000);
            Duration patience = Duration.ofMinutes(1);
            measure("vector, 7 words", 3_000, _ -> encoder.encode(SHORT, patience));
            measure("vector, 130 words", 500, _ -> encoder.encode(LONG, patience));
        }
    }

    /** The first fifth is warm-up. */
    private static void measure(String what, int times, IntConsumer work) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] nanos = new long[times];
        long[] processor = new long[times];
        for (int i = 0; i < times; i++) {
            long used = threads.getCurrentThreadCpuTime();
            long before = System.nanoTime();
            work.accept(i);
            nanos[i] = System.nanoTime() - before;
            processor[i] = threads.getCurrentThreadCpuTime() - used;
        }
        print("%s: %s; processor time of this thread: %s", what, spread(nanos), spread(processor));
    }

    private static String spread(long[] nanos) {
        long[] warm = Arrays.copyOfRange(nanos, nanos.length / 5, nanos.length);
        Arrays.sort(warm);
        return "p50 %.0f us, p99 %.0f us, most %.0f us"
                .formatted(
                        warm[warm.length / 2] / 1e3,
                        warm[warm.length * 99 / 100] / 1e3,
                        warm[warm.length - 1] / 1e3);
    }

    @SuppressWarnings({"SystemOut", "AnnotateFormatMethod"})
    private static void print(String format, Object... values) {
        System.out.println(format.formatted(values));
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private float[] anywhere() {
        return beside(new float[DIMENSIONS], 1);
    }

    private float[] beside(float[] centre, double noise) {
        float[] vector = new float[DIMENSIONS];
        double part = noise / Math.sqrt(DIMENSIONS);
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) (centre[i] + part * random.nextGaussian());
        }
        return Vectors.ofLengthOne(vector);
    }
}
