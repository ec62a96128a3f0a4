package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;
import dev.sluice.spend.SpendBooks.Outcome;
import dev.sluice.testkit.PostgresDatabase;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.jooq.DSLContext;
import org.jspecify.annotations.NullUnmarked;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Any interleaving, duplication, delay and reordering of events, by one sink or two that do not
 * know of each other, with batches of any size that may fail, folds to the same books: those of a
 * plain fold over what came first under each id.
 */
@NullUnmarked // the database is there while properties run
class BooksPropertyTest {

    private static final Instant DAY = Instant.parse("2026-06-15T00:00:00Z");
    private static final List<String> USERS = List.of("ada", "bob");
    private static final List<String> MODELS = List.of("gpt-x", "claude-y");
    private static final String TOTALS =
            """
            select user_id || '|' || date || '|' || api_key || '|' || model as entity,
                   spend_pico, prompt_tokens, completion_tokens, api_requests,
                   successful_requests, failed_requests
            from daily_user_spend\
            """;

    private static Path folder;
    private static EmbeddedPostgres server;
    private static Database database;

    /** What a sink does next. */
    record Step(int sink, int records, boolean fails) {}

    /** The sums of one row of a day. */
    record Sums(long pico, long prompt, long completion, long requests, long good, long bad) {

        static final Sums ZERO = new Sums(0, 0, 0, 0, 0, 0);

        Sums plus(SpendEvent event) {
            boolean counts = event.isFinal() && event.kind() != Kind.ADJUSTED;
            boolean isGood = event.status() == Status.SUCCESS;
            return new Sums(
                    pico + event.costPico(),
                    prompt + event.usage().promptTokens(),
                    completion + event.usage().completionTokens(),
                    requests + (counts ? 1 : 0),
                    good + (counts && isGood ? 1 : 0),
                    bad + (counts && !isGood ? 1 : 0));
        }
    }

    @BeforeContainer
    static void startDatabase() throws Exception {
        folder = Files.createTempDirectory("sluice-books");
        server = EmbeddedPostgres.start(folder.resolve("data"), 0);
        database =
                new Database(
                        BooksFixture.settings(
                                new PostgresDatabase(
                                        "jdbc:postgresql://127.0.0.1:%d/postgres"
                                                .formatted(server.port()),
                                        server.user(),
                                        server.password())));
        database.migrate();
    }

    @AfterContainer
    static void stopDatabase() throws IOException {
        database.close();
        server.close();
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(BooksPropertyTest::delete);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
    void foldsToTheSameBooksHoweverItComes(
            @ForAll("topics") List<SpendEvent> topic, @ForAll("steps") List<Step> steps) {
        DSLContext sql = database.sql();
        sql.execute("truncate spend_events, late_spend_events, sink_offsets");
        sql.execute(BooksFixture.EMPTY_TOTALS);
        new SinkOffsets(sql).open(List.of(BooksFixture.PARTITION));

        run(topic, steps);

        Map<UUID, SpendEvent> first = new LinkedHashMap<>();
        topic.forEach(event -> first.putIfAbsent(event.eventId(), event));
        Map<String, Sums> expected = new HashMap<>();
        first.values()
                .forEach(event ->
                        expected.put(
                                entity(event),
                                expected.getOrDefault(entity(event), Sums.ZERO).plus(event)));
        assertThat(totals(sql)).isEqualTo(expected);
        assertThat(sql.fetchValue("select count(*) from spend_events"))
                .hasToString(Integer.toString(first.size()));
        assertThat(sql.fetchValue("select coalesce(sum(cost_pico), 0)::bigint from spend_events"))
                .isEqualTo(first.values().stream().mapToLong(SpendEvent::costPico).sum());
    }

    /** Two sinks take turns; each believes its own position until it is fenced. */
    private static void run(List<SpendEvent> topic, List<Step> steps) {
        SpendBooks[] sinks = {sink(), sink()};
        int[] positions = {0, 0};
        int step = 0;
        while (positions[0] < topic.size() || positions[1] < topic.size()) {
            // When the script has ended, the first sink books the rest.
            Step next = step < steps.size() ? steps.get(step) : new Step(0, 7, false);
            step++;
            int from = positions[next.sink()];
            int to = Math.min(topic.size(), from + next.records());
            if (step > steps.size() && from == topic.size()) {
                return;
            }
            SpendBatch batch =
                    BooksFixture.batch(BooksFixture.PARTITION, from, topic.subList(from, to));
            if (from == to) {
                continue;
            }
            if (next.fails()) {
                fail(sinks[next.sink()], batch);
            } else {
                Outcome outcome = sinks[next.sink()].book(batch, _ -> {});
                // Fenced: it begins anew where the table says.
                positions[next.sink()] = outcome instanceof Outcome.Booked ? to : booked();
            }
        }
    }

    private static SpendBooks sink() {
        return new SpendBooks(
                database.sql(), Partitions.open(database.sql(), InstantSource.system()));
    }

    private static int booked() {
        return database.sql()
                .fetchSingle("select next from sink_offsets where topic = 't' and partition = 0")
                .get(0, Long.class)
                .intValue();
    }

    /** Everything is written, then the transaction breaks: the dead letters cannot be sent. */
    private static void fail(SpendBooks sink, SpendBatch batch) {
        var broken =
                new SpendBatch(
                        batch.deliveries(),
                        List.of(new Refusal(batch.deliveries().getFirst().source(), "broken")),
                        batch.moves(),
                        null);
        try {
            sink.book(
                    broken,
                    _ -> {
                        throw new IllegalStateException("Kafka is away");
                    });
        } catch (RuntimeException e) {
            // Nothing of it may be in the books: the comparison at the end tells.
        }
    }

    private static Map<String, Sums> totals(DSLContext sql) {
        Map<String, Sums> totals = new HashMap<>();
        sql.fetch(TOTALS)
                .forEach(row ->
                        totals.put(
                                row.get(0, String.class),
                                new Sums(
                                        row.get(1, Long.class),
                                        row.get(2, Long.class),
                                        row.get(3, Long.class),
                                        row.get(4, Long.class),
                                        row.get(5, Long.class),
                                        row.get(6, Long.class))));
        return totals;
    }

    private static String entity(SpendEvent event) {
        return String.join(
                "|",
                event.owner().userId(),
                event.startedAt().atZone(ZoneOffset.UTC).toLocalDate().toString(),
                event.owner().keyHash(),
                event.target().model());
    }

    /** A topic: events of a few requests in any order, some of them again, some ids told twice. */
    @Provide
    Arbitrary<List<SpendEvent>> topics() {
        Arbitrary<List<SpendEvent>> events = event().list().ofMinSize(1).ofMaxSize(40);
        return events.flatMap(some ->
                Arbitraries.integers()
                        .between(0, some.size() - 1)
                        .list()
                        .ofMaxSize(30)
                        .flatMap(again -> {
                            List<SpendEvent> all = new ArrayList<>(some);
                            again.forEach(index -> all.add(some.get(index)));
                            return Arbitraries.shuffle(all);
                        }));
    }

    /** Few requests and attempts, so that ids meet: then who comes first counts. */
    private static Arbitrary<SpendEvent> event() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(Kind.class),
                        Arbitraries.of(true, false),
                        Arbitraries.of(Status.class),
                        Arbitraries.integers().between(0, 2_000),
                        Arbitraries.longs().between(0, 9_000_000_000_000L),
                        Arbitraries.integers().between(0, 47))
                .as(BooksPropertyTest::event);
    }

    private static SpendEvent event(
            int request,
            int attempt,
            Kind kind,
            boolean isFinal,
            Status status,
            int tokens,
            long cost,
            int hour) {
        UUID requestId = new UUID(0x0000000000007000L, 0x8000000000000000L | request);
        // An id belongs to one time: the start of its attempt.
        Instant startedAt =
                DAY.plus((request * 7L + attempt) % 24, ChronoUnit.HOURS).plusSeconds(attempt);
        boolean adjusted = kind == Kind.ADJUSTED;
        return new SpendEvent(
                adjusted
                        ? SpendEventIds.adjusted(requestId, attempt, "version-" + hour % 2)
                        : SpendEventIds.terminal(requestId, attempt),
                new SpendEvent.JournalPosition("journal", hour),
                requestId,
                attempt,
                isFinal,
                kind,
                startedAt,
                startedAt.plusMillis(1 + tokens),
                new SpendEvent.Owner(
                        "key-" + request % 3,
                        USERS.get(request % USERS.size()),
                        "team",
                        null,
                        null,
                        List.of()),
                "acompletion",
                new SpendEvent.Target(
                        "group", "deployment", "openai", MODELS.get(attempt % 2), null),
                null,
                status,
                status == Status.FAILURE ? "http_500" : null,
                false,
                -1,
                Usage.of(tokens, tokens / 3),
                adjusted ? cost / 2 - 1_000_000 : cost,
                "2026-01",
                kind == Kind.CACHE_HIT ? new SpendEvent.CacheUse("exact", "key", cost) : null,
                null);
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.integers().between(1, 12),
                        Arbitraries.of(false, false, false, true))
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }
}
