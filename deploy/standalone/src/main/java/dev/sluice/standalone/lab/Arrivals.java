package dev.sluice.standalone.lab;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.standalone.lab.Scenario.Share;
import dev.sluice.standalone.lab.Scenario.Traffic;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The calls of a scenario: from a trace, begun anywhere in it, or by chance. */
final class Arrivals {

    /** Spread of times to first token in recorded traffic: p95 is 1.5 times the median. */
    private static final double SIGMA = 0.25;

    private static final double DECODE_SIGMA = 0.12;

    /** Some calls take several times as long as others alike, at every provider measured. */
    private static final double SLOW_SHARE = 0.01;

    private static final double SLOW_MIN = 3;
    private static final double SLOW_MAX = 12;

    private static final Share USUAL = new Share(1, 1000, 130, 0.9);
    private static final int[] NO_BLOCKS = {};
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(JsonParser.Feature.AUTO_CLOSE_SOURCE, true);

    private final @Nullable Path folder;
    private final Map<String, List<Recorded>> traces = new HashMap<>();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Recorded(double millis, int promptTokens, int outputTokens, int[] blocks) {}

    /**
     * Calls from the traces in a folder; null for none.
     *
     * @param folder as the traces are published, or made equal in {@code replay} below it
     */
    Arrivals(@Nullable Path folder) {
        this.folder = folder;
    }

    /** Whether a scenario's trace is there; without it, the calls are made up. */
    boolean has(Scenario scenario) {
        String trace = scenario.traffic().trace();
        return trace == null || (folder != null && Files.exists(folder.resolve(trace)));
    }

    List<Arrival> of(Scenario scenario, long seed) throws IOException {
        Traffic traffic = scenario.traffic();
        String trace = traffic.trace();
        var random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        if (trace != null && folder != null && has(scenario)) {
            replay(scenario, read(folder, trace), random, arrivals);
        } else {
            draw(scenario, random, arrivals);
        }
        return arrivals;
    }

    private static void replay(
            Scenario scenario,
            List<Recorded> recorded,
            SplittableRandom random,
            List<Arrival> arrivals) {
        double length = recorded.getLast().millis + 1;
        double speed = scenario.traffic().rate() * length / 1e3 / recorded.size();
        int first = random.nextInt(recorded.size());
        double begin = recorded.get(first).millis;
        for (int i = 0; ; i++) {
            int at = (first + i) % recorded.size();
            int rounds = (first + i) / recorded.size();
            Recorded call = recorded.get(at);
            double millis = (call.millis + rounds * length - begin) / speed;
            if (millis >= scenario.seconds() * 1e3) {
                return;
            }
            arrivals.add(arrival(i, (long) (millis * 1e3), call, random));
        }
    }

    private static void draw(Scenario scenario, SplittableRandom random, List<Arrival> arrivals) {
        Traffic traffic = scenario.traffic();
        List<Share> mix = traffic.mix().isEmpty() ? List.of(USUAL) : traffic.mix();
        double shares = mix.stream().mapToDouble(Share::share).sum();
        double micros = 0;
        for (int i = 0; ; i++) {
            micros += random.nextExponential() / traffic.rate() * 1e6;
            if (micros >= scenario.micros()) {
                return;
            }
            double at = random.nextDouble() * shares;
            int kind = 0;
            while (kind < mix.size() - 1 && at >= mix.get(kind).share()) {
                at -= mix.get(kind++).share();
            }
            Share share = mix.get(kind);
            double spread = Math.exp(share.sigma() * random.nextGaussian());
            var call =
                    new Recorded(
                            0,
                            (int) Math.max(1, share.promptTokens() * spread),
                            (int)
                                    Math.max(
                                            1,
                                            share.outputTokens()
                                                    * Math.exp(
                                                            share.sigma() * random.nextGaussian())),
                            NO_BLOCKS);
            arrivals.add(arrival(i, (long) micros, call, random));
        }
    }

    private static Arrival arrival(
            int number, long micros, Recorded call, SplittableRandom random) {
        double luck = Math.exp(SIGMA * random.nextGaussian());
        double decodeLuck = Math.exp(DECODE_SIGMA * random.nextGaussian());
        boolean isSlow = random.nextDouble() < SLOW_SHARE;
        double slowness = random.nextDouble(SLOW_MIN, SLOW_MAX);
        return new Arrival(
                number,
                micros,
                call.promptTokens,
                Math.max(1, call.outputTokens),
                call.blocks,
                isSlow ? luck * slowness : luck,
                decodeLuck);
    }

    private List<Recorded> read(Path folder, String trace) throws IOException {
        List<Recorded> known = traces.get(trace);
        if (known == null) {
            Path file = folder.resolve(trace);
            known = trace.endsWith(".jsonl") ? readJson(file) : readCsv(file);
            traces.put(trace, known);
        }
        return known;
    }

    private static List<Recorded> readCsv(Path file) throws IOException {
        List<Recorded> calls = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isEmpty() && Character.isDigit(line.charAt(0))) {
                String[] columns = line.split(",", -1);
                calls.add(
                        new Recorded(
                                Double.parseDouble(columns[0]),
                                Integer.parseInt(columns[1]),
                                Integer.parseInt(columns[2]),
                                NO_BLOCKS));
            }
        }
        return calls;
    }

    /** Mooncake's times come in steps: those of one step are spread evenly until the next. */
    private static List<Recorded> readJson(Path file) throws IOException {
        List<Recorded> calls = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode call = JSON.readTree(line);
            JsonNode ids = call.path("hash_ids");
            int[] blocks = new int[ids.size()];
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = ids.get(i).asInt();
            }
            calls.add(
                    new Recorded(
                            call.path("timestamp").asDouble(),
                            call.path("input_length").asInt(),
                            call.path("output_length").asInt(),
                            blocks));
        }
        List<Recorded> spread = new ArrayList<>();
        int step = 0;
        while (step < calls.size()) {
            int next = step;
            while (next < calls.size() && calls.get(next).millis == calls.get(step).millis) {
                next++;
            }
            double begin = calls.get(step).millis;
            double end = next < calls.size() ? calls.get(next).millis : begin + 1;
            for (int i = step; i < next; i++) {
                Recorded call = calls.get(i);
                double millis = begin + (end - begin) * (i - step) / (next - step);
                spread.add(new Recorded(millis, call.promptTokens, call.outputTokens, call.blocks));
            }
            step = next;
        }
        return spread;
    }
}
