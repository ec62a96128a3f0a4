package dev.sluice.ingress.similar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.similar.SimilarAnswers.Asked;
import dev.sluice.ingress.similar.SimilarAnswers.Likely;
import dev.sluice.providers.openai.Question;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.CacheEvent.Scope;
import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Fingerprints;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

class SimilarAnswersTest {

    private static final Duration LIFE = Duration.ofMinutes(5);
    private static final AnswerKey KEY = new AnswerKey(1, 2, 3, 4);
    private static final String ASKED = "What is the capital of France?";
    private static final String ALIKE = "What's the capital city of France?";
    private static final String OTHER = "What is the capital of Germany?";
    private static final String UNKNOWN = "Who?";

    private final FakeEmbedder embedder =
            new FakeEmbedder().knows(ASKED, 0).knows(ALIKE, 10).knows(OTHER, 11);
    private final FakeQuestionServer server = new FakeQuestionServer();
    private final AtomicLong nanos = new AtomicLong();
    private final List<SimilarAnswers> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(SimilarAnswers::close);
    }

    @Test
    void findsTheAnswerToASimilarQuestion() throws Exception {
        SimilarAnswers similar = alone();
        keep(similar, ASKED, "team:a", "rest");

        assertThat(find(similar, ALIKE, "team:a", "rest"))
                .isNotNull()
                .satisfies(likely -> {
                    assertThat(likely.key()).isEqualTo(KEY);
                    assertThat(likely.similarity()).isBetween(0.98, 0.99);
                });
    }

    @Test
    void asksTheGuardsToo() throws Exception {
        SimilarAnswers similar = alone();
        keep(similar, ASKED, "team:a", "rest");

        assertThat(find(similar, OTHER, "team:a", "rest")).isNull();
    }

    @Test
    void comparesOnlyWhereAllElseIsEqual() throws Exception {
        SimilarAnswers similar = alone();
        keep(similar, ASKED, "team:a", "rest");

        assertThat(find(similar, ALIKE, "team:b", "rest")).isNull();
        assertThat(find(similar, ALIKE, "team:a", "other tools")).isNull();
        assertThat(find(similar, ALIKE, "team:a", "gpt-4o-mini", "", "rest")).isNull();
        assertThat(find(similar, ALIKE, "team:a", "gpt-4o", "other", "rest")).isNull();
    }

    @Test
    void forgetsWhatIsNotKeptAnyMore() throws Exception {
        SimilarAnswers similar = alone();
        keep(similar, ASKED, "team:a", "rest");

        similar.forget(KEY);

        assertThat(find(similar, ALIKE, "team:a", "rest")).isNull();
    }

    @Test
    void forgetsWhatIsDeclaredInvalid() throws Exception {
        SimilarAnswers similar = alone();
        for (Map<Scope, List<String>> declared :
                List.of(
                        Map.<Scope, List<String>>of(Scope.ALL, List.of()),
                        Map.of(Scope.KEY, List.of("none", KEY.text())))) {
            keep(similar, ASKED, "team:a", "rest");
            similar.declared(Map.of(Scope.KEY, List.of(new AnswerKey(4, 3, 2, 1).text())));
            assertThat(find(similar, ALIKE, "team:a", "rest")).isNotNull();

            similar.declared(declared);

            assertThat(find(similar, ALIKE, "team:a", "rest")).isNull();
        }
    }

    @Test
    void givesBackTheRoomOfWhatHasRunOut() throws Exception {
        SimilarAnswers similar = alone();
        keep(similar, OTHER, "team:b", "rest", new AnswerKey(4, 3, 2, 1), LIFE);
        keep(similar, ASKED, "team:a", "rest", KEY, Duration.ofNanos(1));

        assertThat(similar.expire()).isEqualTo(1);
        assertThat(similar.expire()).isZero();
    }

    @Test
    void leavesRoomForOtherScopes() {
        SimilarSettings usual = SimilarSettings.of(0.9);

        assertThat(usual.entriesInScope()).isEqualTo(usual.entries() / 4);
    }

    @Test
    void doesNothingOnceItIsClosed() throws Exception {
        SimilarAnswers similar = sharing(new Secret("fleet"));
        Asked asked = similar.ask(question(ASKED, "rest"), "team:a", "gpt-4o", "", soon());
        similar.close();
        int before = server.asked();

        assertThat(similar.ask(question(ALIKE, "other"), "team:a", "gpt-4o", "", soon()))
                .isNotNull();
        similar.keep(requireNonNull(asked, "no vector"), KEY, LIFE);

        assertThat(server.asked()).isEqualTo(before);
        assertThat(server.lists()).isEmpty();
    }

    @Test
    void hasNothingToCompareWhereThereIsNoVectorInTime() throws Exception {
        assertThat(alone().ask(question(UNKNOWN, "rest"), "team:a", "gpt-4o", "", soon())).isNull();
    }

    @Test
    void learnsWhatOtherIngressesWereAsked() throws Exception {
        SimilarAnswers here = sharing(new Secret("fleet"));
        SimilarAnswers there = sharing(new Secret("fleet"));
        keep(here, ASKED, "team:a", "rest");
        await().until(() -> !server.lists().isEmpty());

        assertThat(find(there, ALIKE, "team:a", "rest")).isNotNull();
        assertThat(find(there, ALIKE, "team:b", "rest")).isNull();
    }

    @Test
    void learnsNothingThatIsSealedByOthers() throws Exception {
        SimilarAnswers here = sharing(new Secret("fleet"));
        SimilarAnswers there = sharing(new Secret("another"));
        keep(here, ASKED, "team:a", "rest");
        await().until(() -> !server.lists().isEmpty());

        assertThat(find(there, ALIKE, "team:a", "rest")).isNull();
    }

    @Test
    void readsAScopeAgainAfterHalfASecond() throws Exception {
        SimilarAnswers here = sharing(new Secret("fleet"));
        SimilarAnswers there = sharing(new Secret("fleet"));
        assertThat(find(there, ALIKE, "team:a", "rest")).isNull();
        keep(here, ASKED, "team:a", "rest");
        await().until(() -> !server.lists().isEmpty());

        assertThat(find(there, ALIKE, "team:a", "rest")).isNull();
        nanos.addAndGet(600_000_000L);

        assertThat(find(there, ALIKE, "team:a", "rest")).isNotNull();
    }

    @Test
    void goesOnAloneWhereTheServerIsSilentOrAway() throws Exception {
        SimilarAnswers similar = sharing(new Secret("fleet"));
        server.isSilent(true);
        keep(similar, ASKED, "team:a", "rest");
        assertThat(find(similar, ALIKE, "team:a", "rest")).isNotNull();

        SimilarAnswers another = sharing(new Secret("fleet"));
        server.isSilent(false);
        server.isFailing(true);
        keep(another, ASKED, "team:a", "rest");
        await().until(() -> {
            int before = server.asked();
            find(another, ALIKE, "team:a", "rest");
            find(another, ALIKE, "team:a", "rest");
            return server.asked() == before;
        });
        assertThat(find(another, ALIKE, "team:a", "rest")).isNotNull();
    }

    /** A call that waited for Redis already does not begin anew. */
    @Test
    void doesNotWaitForOthersWhereNoTimeIsLeft() throws Exception {
        SimilarAnswers similar = sharing(new Secret("fleet"));
        keep(similar, ASKED, "team:a", "rest");
        nanos.addAndGet(600_000_000L);
        server.isSilent(true);
        long began = System.nanoTime();

        Asked asked =
                similar.ask(question(ALIKE, "rest"), "team:a", "gpt-4o", "", System.nanoTime());

        assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
        assertThat(similar.find(requireNonNull(asked, "no vector"))).as("its own").isNotNull();
    }

    @Test
    void sharesNoText() throws Exception {
        SimilarAnswers here = sharing(new Secret("fleet"));
        keep(here, ASKED, "team:a", "rest");
        await().until(() -> !server.lists().isEmpty());

        assertThat(server.lists())
                .allSatisfy((name, items) -> {
                    assertThat(name).startsWith("sluice:similar:").doesNotContain("team");
                    assertThat(items)
                            .allSatisfy(item -> {
                                var text =
                                        new String(
                                                item.bytes(),
                                                java.nio.charset.StandardCharsets.ISO_8859_1);
                                assertThat(text).doesNotContainIgnoringCase("capital", "France");
                            });
                });
    }

    private SimilarAnswers alone() throws IOException {
        return open(SharedQuestions.NONE);
    }

    private SimilarAnswers sharing(Secret seal) throws IOException {
        return open(
                new RedisQuestions(
                        server,
                        "sluice",
                        new QuestionCodec(seal),
                        LIFE,
                        () -> Instant.ofEpochSecond(1_000),
                        nanos::get,
                        new SimpleMeterRegistry()));
    }

    private SimilarAnswers open(SharedQuestions shared) throws IOException {
        var similar =
                new SimilarAnswers(
                        new SimilarSettings(0.9, Duration.ofSeconds(2), 1_000, 1_000, 1 << 20),
                        embedder,
                        new Fingerprints(new byte[Fingerprints.KEY_BYTES], Vocabulary.bundled()),
                        shared,
                        new SimpleMeterRegistry());
        opened.add(similar);
        similar.start();
        return similar;
    }

    private static void keep(SimilarAnswers similar, String text, String tenant, String rest)
            throws IOException {
        keep(similar, text, tenant, rest, KEY, LIFE);
    }

    private static void keep(
            SimilarAnswers similar,
            String text,
            String tenant,
            String rest,
            AnswerKey key,
            Duration life)
            throws IOException {
        Asked asked = similar.ask(question(text, rest), tenant, "gpt-4o", "", soon());
        similar.keep(requireNonNull(asked, "no vector"), key, life);
    }

    private static @Nullable Likely find(
            SimilarAnswers similar, String text, String tenant, String rest) {
        return find(similar, text, tenant, "gpt-4o", "", rest);
    }

    private static @Nullable Likely find(
            SimilarAnswers similar,
            String text,
            String tenant,
            String group,
            String namespace,
            String rest) {
        Asked asked = similar.ask(question(text, rest), tenant, group, namespace, soon());
        return similar.find(requireNonNull(asked, "no vector"));
    }

    private static long soon() {
        return System.nanoTime() + Duration.ofSeconds(2).toNanos();
    }

    private static Question question(String text, String rest) {
        return new Question(text, dev.sluice.schemas.Digests.sha256().digest(rest.getBytes(UTF_8)));
    }
}
