package dev.sluice.standalone.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.standalone.chaos.Timeline.Happening;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Starts the whole house as processes, loads it, disturbs it along a timeline, and then compares
 * its books with the ledger of the simulated provider.
 */
public final class Chaos {

    private static final Duration BEFORE_THE_FIRST = Duration.ofSeconds(2);
    private static final Duration CALM_DOWN = Duration.ofMinutes(3);
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final ChaosSettings settings;
    private final Consumer<String> out;
    private final Map<Happening, String> deeds = new ConcurrentHashMap<>();

    /**
     * A run that has not begun.
     *
     * @param out takes what people read, a line at a time
     */
    public Chaos(ChaosSettings settings, Consumer<String> out) {
        this.settings = settings;
        this.out = out;
    }

    /**
     * Runs it all; every process that it starts ends before it returns, and also where the JVM is
     * told to end.
     *
     * @return whether the bill was right
     * @throws ChaosFailedException if it could not be run to its end; the message names the logs
     */
    public boolean run() throws ChaosFailedException, InterruptedException {
        Path logs = settings.folder().resolve("logs");
        try {
            List<Finding> findings = inHouse();
            boolean right = findings.stream().noneMatch(Finding::wrong);
            report(findings, right);
            if (right) {
                remove(settings.folder());
            } else {
                out.accept("logs and data: " + settings.folder());
            }
            return right;
        } catch (IOException | SQLException e) {
            throw new ChaosFailedException("%s (logs: %s)".formatted(e.getMessage(), logs), e);
        }
    }

    private List<Finding> inHouse() throws IOException, SQLException, InterruptedException {
        try (House house = new House(settings.folder(), settings.command())) {
            var ending = new Thread(house::close, "chaos-end");
            Runtime.getRuntime().addShutdownHook(ending);
            try {
                return disturbed(house);
            } finally {
                forget(ending);
            }
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends already; the hook does what it is there for.
        }
    }

    private List<Finding> disturbed(House house)
            throws IOException, SQLException, InterruptedException {
        out.accept("starting the house in " + settings.folder());
        house.start();
        try (var gatekeeper = new Gatekeeper(house.config())) {
            gatekeeper.orderFaults();
            List<String> keys = gatekeeper.makeKeys();
            CallTally tally = load(house, keys);
            house.repair();
            List<Finding> findings = new ArrayList<>(facts(tally));
            findings.addAll(
                    house.failedStarts().stream()
                            .map(sentence ->
                                    Finding.mustBeNone("a part did not come back at once", 1)
                                            .with(sentence))
                            .toList());
            findings.addAll(compared(house, gatekeeper, tally));
            return findings;
        }
    }

    private CallTally load(House house, List<String> keys)
            throws IOException, InterruptedException {
        try (var callers =
                        new Callers(settings.callers(), settings.seed(), house.ingresses(), keys);
                ExecutorService disturbers = Executors.newVirtualThreadPerTaskExecutor()) {
            long begin = System.nanoTime() + BEFORE_THE_FIRST.toNanos();
            List<Future<?>> running = new ArrayList<>();
            for (Happening happening : settings.timeline().happenings()) {
                running.add(
                        disturbers.submit(() -> {
                            sleepUntil(begin + happening.at().toNanos());
                            perform(house, happening, begin);
                            return null;
                        }));
            }
            try {
                sleepUntil(begin + settings.timeline().length().toNanos());
                for (Future<?> each : running) {
                    each.get();
                }
            } catch (ExecutionException e) {
                throw new IOException("a disturbance failed: " + e.getCause(), e);
            } finally {
                disturbers.shutdownNow();
            }
            callers.finish();
            return callers.tally();
        }
    }

    private void perform(House house, Happening happening, long beginNanos)
            throws IOException, InterruptedException {
        long at = System.nanoTime() - beginNanos;
        Duration back = house.perform(happening);
        String line =
                String.format(
                        Locale.ROOT,
                        "| %.1f s | %s | %s | %.1f s | %s |",
                        seconds(Duration.ofNanos(at)),
                        happening.target().label(),
                        happening.deed().label(),
                        seconds(happening.away()),
                        happening.deed() == Deed.STOP
                                ? ""
                                : String.format(Locale.ROOT, "%.1f s", seconds(back)));
        deeds.put(happening, line);
        out.accept(line);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        while (System.nanoTime() - nanos < 0) {
            LockSupport.parkNanos(nanos - System.nanoTime());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private List<Finding> facts(CallTally tally) {
        return List.of(
                Finding.fact("disturbances", deeds.size()).with("as above"),
                Finding.fact(
                        "calls refused at a door, asked again at the other", tally.refusedCalls()),
                Finding.fact("calls that callers left", tally.leftCalls()),
                Finding.fact(
                        "calls that broke off or timed out for the caller", tally.brokenCalls()),
                Finding.mustBeNone("answers without x-litellm-call-id", tally.namelessAnswers()));
    }

    private List<Finding> compared(House house, Gatekeeper gatekeeper, CallTally tally)
            throws IOException, SQLException, InterruptedException {
        long begin = System.nanoTime();
        try (var books = new Books(house.config().jdbcUrl(), house.databasePassword());
                var topics = new TopicView(house.config().kafka())) {
            await("journals drained", gatekeeper::journalsAreEmpty);
            await("sink caught up", () -> books.position() == topics.spendEvents());
            List<Finding> findings = new ArrayList<>();
            List<Billed> billed = gatekeeper.ledger();
            List<Booked> booked = books.rows();
            findings.addAll(Audit.of(billed, booked, tally.answers()));
            findings.add(
                    Finding.fact("records on sluice.spend.v1", topics.spendEvents())
                            .with("duplicates among them are dropped by the sink"));
            findings.add(Finding.mustBeNone("dead letters", topics.deadLetters()));
            findings.addAll(books.aggregates());
            findings.add(budgets(books, topics));
            findings.add(
                    Finding.fact(
                            "seconds from the last call until all was booked and compared",
                            Duration.ofNanos(System.nanoTime() - begin).toSeconds()));
            return findings;
        }
    }

    /** Budgets follow the books by a fraction of a second, or by a rebalance. */
    private Finding budgets(Books books, TopicView topics)
            throws IOException, SQLException, InterruptedException {
        var spent = books.spentByAccount();
        long deadline = System.nanoTime() + CALM_DOWN.toNanos();
        while (true) {
            var states = topics.budgets();
            List<String> wrong = new ArrayList<>();
            states.forEach((account, total) -> {
                long expected = spent.getOrDefault(account, 0L);
                if (expected != total) {
                    wrong.add(
                            "%s is %s, books %s"
                                    .formatted(account, Audit.usd(total), Audit.usd(expected)));
                }
            });
            for (String needed :
                    List.of(
                            "proxy",
                            "team:chaos-team",
                            "user:chaos-user",
                            "member:chaos-team:chaos-user")) {
                if (!states.containsKey(needed)) {
                    wrong.add(needed + " has no state");
                }
            }
            if (wrong.isEmpty() || System.nanoTime() - deadline > 0) {
                Finding finding =
                        Finding.mustBeNone(
                                "budget states that are not the account's sum", wrong.size());
                return finding.with(
                        wrong.isEmpty()
                                ? "of %d; must be 0".formatted(states.size())
                                : wrong.toString());
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
        }
    }

    /** Something that becomes true. */
    private interface Condition {
        boolean holds() throws IOException, SQLException, InterruptedException;
    }

    private static void await(String what, Condition condition)
            throws IOException, SQLException, InterruptedException {
        long deadline = System.nanoTime() + CALM_DOWN.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("not within %s: %s".formatted(CALM_DOWN, what));
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
        }
    }

    private void report(List<Finding> findings, boolean right) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(
                "Seed %d, %d callers, %d s of calls, %d disturbances."
                        .formatted(
                                settings.seed(),
                                settings.callers(),
                                settings.timeline().length().toSeconds(),
                                deeds.size()));
        lines.addAll(
                List.of(
                        "",
                        "| at | part | what | away | then ready after |",
                        "|--:|---|---|--:|--:|"));
        settings.timeline().happenings().stream()
                .map(happening -> deeds.getOrDefault(happening, ""))
                .forEach(lines::add);
        lines.addAll(List.of("", "| | number | | |", "|---|--:|---|---|"));
        findings.stream().map(Finding::row).forEach(lines::add);
        lines.addAll(List.of("", right ? "The bill is right." : "The bill is WRONG."));
        lines.forEach(out);
        Path report = settings.report();
        if (report != null) {
            Files.writeString(report, String.join("\n", lines) + "\n", UTF_8);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
