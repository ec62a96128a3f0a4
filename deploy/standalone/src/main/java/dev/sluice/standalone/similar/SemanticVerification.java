package dev.sluice.standalone.similar;

import dev.sluice.semantics.encoding.EncoderSettings;
import dev.sluice.semantics.encoding.Encoding;
import dev.sluice.semantics.encoding.Encoding.Reason;
import dev.sluice.semantics.encoding.TextEncoder;
import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Fingerprints;
import dev.sluice.standalone.similar.Replay.Encoded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Looks up the questions of files, and says how often that hit and how often it was wrong. */
public final class SemanticVerification {

    static final int DIMENSIONS = 384;

    private static final double[] THRESHOLDS = {
        0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94, 0.96, 0.98
    };
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final List<Questions> files;
    private final Consumer<String> lines;

    /**
     * Reads the files of a folder.
     *
     * @throws BadFileException if one of them is not what it should be
     */
    public SemanticVerification(Path folder, Consumer<String> lines)
            throws BadFileException, IOException {
        this.files = QuestionFiles.in(folder);
        this.lines = lines;
    }

    /** A table of each file, at ten thresholds. */
    public void run() throws IOException, InterruptedException {
        Map<String, Encoded> texts = encoded();
        for (Questions questions : files) {
            lines.accept(title(questions, texts));
            lines.accept(
                    "threshold | no guards: hits | wrong | 95 % | guards: hits | wrong | 95 %"
                            + " | refused");
            for (double threshold : THRESHOLDS) {
                Tally bare = new Replay(texts, threshold, false).of(questions);
                Tally guarded = new Replay(texts, threshold, true).of(questions);
                lines.accept(
                        String.format(
                                Locale.ROOT,
                                "%.2f | %s | %s | %s",
                                threshold,
                                shares(bare),
                                shares(guarded),
                                guarded.refusals()));
                if (!guarded.kinds().isEmpty()) {
                    lines.accept("     | hits by kind: " + bare.kinds() + " | " + guarded.kinds());
                }
            }
            lines.accept("");
        }
    }

    /** One line a file, at one threshold. */
    public void run(double threshold) throws IOException, InterruptedException {
        Map<String, Encoded> texts = encoded();
        for (Questions questions : files) {
            Tally bare = new Replay(texts, threshold, false).of(questions);
            Tally guarded = new Replay(texts, threshold, true).of(questions);
            String kinds = guarded.kinds().isEmpty() ? "" : " | hits by kind: " + guarded.kinds();
            lines.accept(
                    "%s | look-ups %d | threshold %s | no guards: hits %s, wrong %s (95 %% %s)"
                                    .formatted(
                                            questions.file(),
                                            questions.lookUps(),
                                            threshold,
                                            percent(bare.hits().value()),
                                            percent(bare.wrong().value()),
                                            interval(bare.wrong()))
                            + " | guards: hits %s, wrong %s (95 %% %s) | refused: %s%s"
                                    .formatted(
                                            percent(guarded.hits().value()),
                                            percent(guarded.wrong().value()),
                                            interval(guarded.wrong()),
                                            guarded.refusals(),
                                            kinds));
        }
    }

    private static String title(Questions questions, Map<String, Encoded> texts) {
        long tooLong =
                questions.texts().stream().filter(text -> vector(texts, text).length == 0).count();
        return "%s: %d look-ups in %s%s"
                .formatted(
                        questions.file(),
                        questions.lookUps(),
                        questions instanceof Questions.Pairs ? "pairs" : "a stream",
                        tooLong == 0 ? "" : ", %d texts too long for a vector".formatted(tooLong));
    }

    private static float[] vector(Map<String, Encoded> texts, String text) {
        Encoded encoded = texts.get(text);
        return encoded == null ? new float[0] : encoded.vector();
    }

    private static String shares(Tally tally) {
        return "%s | %s | %s"
                .formatted(
                        percent(tally.hits().value()),
                        percent(tally.wrong().value()),
                        interval(tally.wrong()));
    }

    private static String interval(Share share) {
        return "%s to %s".formatted(percent(share.low()), percent(share.high()));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    /** Every text once, on all cores; nothing depends on the order. */
    private Map<String, Encoded> encoded() throws IOException, InterruptedException {
        Set<String> texts = new TreeSet<>();
        files.forEach(file -> texts.addAll(file.texts()));
        int threads = Runtime.getRuntime().availableProcessors();
        var settings =
                new EncoderSettings(
                        threads,
                        2 * threads,
                        EncoderSettings.DEFAULT.tokens(),
                        EncoderSettings.DEFAULT.retryAfter());
        try (TextEncoder encoder = new TextEncoder(settings);
                ExecutorService callers = Executors.newFixedThreadPool(threads)) {
            if (!encoder.awaitReady(PATIENCE)) {
                throw new IOException("the model cannot be loaded");
            }
            var prints = new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled());
            Map<String, Future<Encoded>> pending = new HashMap<>();
            for (String text : texts) {
                pending.put(
                        text,
                        callers.submit(() -> new Encoded(vector(encoder, text), prints.of(text))));
            }
            return results(pending);
        }
    }

    private static float[] vector(TextEncoder encoder, String text) throws IOException {
        return switch (encoder.encode(text, PATIENCE)) {
            case Encoding.Encoded(float[] vector) -> vector;
            case Encoding.Refused(Reason reason) -> {
                if (reason != Reason.TOO_LONG) {
                    throw new IOException("a text was not encoded: " + reason);
                }
                yield new float[0];
            }
        };
    }

    private static Map<String, Encoded> results(Map<String, Future<Encoded>> pending)
            throws IOException, InterruptedException {
        Map<String, Encoded> encoded = HashMap.newHashMap(pending.size());
        for (var text : pending.entrySet()) {
            try {
                encoded.put(text.getKey(), text.getValue().get());
            } catch (ExecutionException e) {
                throw new IOException(String.valueOf(e.getCause()), e);
            }
        }
        return encoded;
    }
}
