package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A second attempt while the first is silent: what the caller gets, and what is booked. */
class HedgingBooksIT {

    private static final String MODELS =
            """
              - model_name: pair
                litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/d/first/v1, api_key: k, order: 1}
                model_info: {id: first}
              - model_name: pair
                litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/d/second/v1, api_key: k, order: 2}
                model_info: {id: second}
            router_settings: {num_retries: 2, retry_after: 0, timeout: 30}
            """;
    private static final String EAGER =
            "sluice: {hedging: {enabled: true, max_share: 1, min_delay: 0.3}}\n";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String SILENT = "\"black_hole\": true";
    private static final String FAILING = "\"status\": 500";

    @TempDir private Path folder;

    /** A gateway with two deployments, of which the first is asked first. */
    private record Pair(GatewayUnderTest gateway, Path journal, Path scratch)
            implements AutoCloseable {

        void let(String deployment, String fault) {
            gateway.scenario(
                    "{\"match\":{\"deployment\":\"%s\"},\"profile\":\"instant\",\"fault\":{%s}}"
                            .formatted(deployment, fault));
        }

        HttpResponse<String> call(boolean stream) {
            return gateway.post(
                    "/v1/chat/completions",
                    "{\"model\":\"pair\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                            .formatted(stream));
        }

        HttpResponse<String> stream() {
            return call(true);
        }

        /** The loser is booked when the answer is already on its way. */
        List<SpendEvent> booked(HttpResponse<String> answer) {
            UUID id = UUID.fromString(header(answer, "x-litellm-call-id"));
            return await().atMost(PATIENCE)
                    .until(() -> JournalReading.of(journal, scratch, id), HedgingBooksIT::areEnded);
        }

        @Override
        public void close() throws IOException {
            gateway.close();
        }
    }

    /** Both have answered at once so far: the gateway knows how long they take. */
    private Pair pair(String hedging) throws IOException {
        Path data = Files.createTempDirectory(folder, "data");
        var pair =
                new Pair(
                        GatewayUnderTest.withTwoDeployments(data, MODELS + hedging),
                        data.resolve("journal"),
                        folder);
        pair.gateway().scenario("{\"match\": {}, \"profile\": \"instant\"}");
        for (int i = 0; i < 3; i++) {
            assertThat(hedges(pair.stream())).isZero();
        }
        return pair;
    }

    private static String stalls(int millis) {
        return "\"stall_after_bytes\": 0, \"stall_ms\": %d".formatted(millis);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("0");
    }

    private static int hedges(HttpResponse<String> answer) {
        return Integer.parseInt(header(answer, "x-sluice-attempted-hedges"));
    }

    private static boolean areEnded(List<SpendEvent> events) {
        return events.stream().noneMatch(event -> "gateway_stopped".equals(event.errorClass()));
    }

    @Test
    void anotherDeploymentAnswersForASilentOneAndBothAreBooked() throws Exception {
        try (Pair pair = pair(EAGER)) {
            pair.let("first", SILENT);

            long before = System.nanoTime();
            HttpResponse<String> answer = pair.stream();
            Duration took = Duration.ofNanos(System.nanoTime() - before);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).endsWith("data: [DONE]\n\n");
            assertThat(header(answer, "x-litellm-model-id")).isEqualTo("second");
            assertThat(header(answer, "x-litellm-attempted-retries")).isEqualTo("0");
            assertThat(hedges(answer)).isEqualTo(1);
            assertThat(took).isBetween(Duration.ofMillis(300), Duration.ofSeconds(4));
            List<SpendEvent> events = pair.booked(answer);
            assertThat(events)
                    .extracting(SpendEvent::attempt, SpendEvent::isFinal, SpendEvent::status)
                    .containsExactly(
                            tuple(1, false, SpendEvent.Status.CANCELLED),
                            tuple(2, true, SpendEvent.Status.SUCCESS));
            SpendEvent loser = events.getFirst();
            assertThat(loser.kind()).isEqualTo(SpendEvent.Kind.ESTIMATED);
            assertThat(loser.errorClass()).isEqualTo("outrun");
            assertThat(loser.usage().promptTokens()).isPositive();
            assertThat(loser.usage().completionTokens()).isZero();
            assertThat(loser.costPico()).isPositive();
        }
    }

    @Test
    void whoIsSlowButFirstStillWins() throws Exception {
        try (Pair pair = pair(EAGER)) {
            pair.let("first", stalls(600));
            pair.let("second", SILENT);

            HttpResponse<String> answer = pair.stream();

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "x-litellm-model-id")).isEqualTo("first");
            assertThat(hedges(answer)).isEqualTo(1);
            assertThat(pair.booked(answer))
                    .extracting(SpendEvent::attempt, SpendEvent::isFinal, SpendEvent::errorClass)
                    .containsExactly(tuple(1, true, null), tuple(2, false, "outrun"));
        }
    }

    @Test
    void whereTheSecondFailsTheFirstIsWaitedFor() throws Exception {
        try (Pair pair = pair(EAGER)) {
            pair.let("first", stalls(900));
            pair.let("second", FAILING);

            HttpResponse<String> answer = pair.stream();

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "x-litellm-model-id")).isEqualTo("first");
            assertThat(pair.booked(answer))
                    .extracting(SpendEvent::attempt, SpendEvent::isFinal, SpendEvent::errorClass)
                    .containsExactly(tuple(1, true, null), tuple(2, false, "http_500"));
        }
    }

    /** Both answer at nearly the same moment, so that either may win and nobody may be lost. */
    @Test
    void howeverARaceEndsEveryAttemptIsBookedOnceAndOneIsFinal() throws Exception {
        int calls = 200;
        int twice = 0;
        try (Pair pair =
                pair("sluice: {hedging: {enabled: true, max_share: 1, min_delay: 0.001}}\n")) {
            Set<UUID> requests = new HashSet<>();
            for (int i = 0; i < calls; i++) {
                // About three times its mean time: that is when the second one is asked.
                pair.let("first", stalls(i % 3 == 0 ? 25 + i % 50 : 0));
                HttpResponse<String> answer = pair.stream();
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).endsWith("data: [DONE]\n\n");
                twice += hedges(answer);
                requests.add(UUID.fromString(header(answer, "x-litellm-call-id")));
            }
            List<SpendEvent> events =
                    await().atMost(PATIENCE)
                            .until(
                                    () ->
                                            JournalReading.all(pair.journal(), folder).stream()
                                                    .filter(event ->
                                                            requests.contains(event.requestId()))
                                                    .toList(),
                                    HedgingBooksIT::areEnded);

            assertThat(twice).isGreaterThan(calls / 20);
            assertThat(events).hasSize(calls + twice);
            assertThat(events).filteredOn(SpendEvent::isFinal).hasSize(calls);
            assertThat(events)
                    .filteredOn(SpendEvent::isFinal)
                    .extracting(SpendEvent::status)
                    .containsOnly(SpendEvent.Status.SUCCESS);
            assertThat(events)
                    .filteredOn(event -> !event.isFinal())
                    .extracting(SpendEvent::errorClass)
                    .containsOnly("outrun");
        }
    }

    @Test
    void isOffUnlessAskedFor() throws Exception {
        try (Pair pair = pair("")) {
            pair.let("first", stalls(900));

            HttpResponse<String> answer = pair.stream();

            assertThat(header(answer, "x-litellm-model-id")).isEqualTo("first");
            assertThat(hedges(answer)).isZero();
        }
    }

    @Test
    void isForStreamsOnly() throws Exception {
        try (Pair pair = pair(EAGER)) {
            pair.let("first", stalls(900));

            HttpResponse<String> answer = pair.call(false);

            assertThat(header(answer, "x-litellm-model-id")).isEqualTo("first");
            assertThat(hedges(answer)).isZero();
        }
    }

    @Test
    void asksTwiceForNoMoreThanItsShare() throws Exception {
        try (Pair pair =
                pair("sluice: {hedging: {enabled: true, max_share: 0.25, min_delay: 0.3}}\n")) {
            pair.let("first", stalls(500));

            int twice = 0;
            for (int i = 0; i < 9; i++) {
                twice += hedges(pair.stream());
            }

            // Three streams had paid before, nine pay now: a quarter of twelve.
            assertThat(twice).isBetween(1, 3);
            assertThat(pair.gateway().metrics())
                    .contains("sluice_hedges_total{outcome=\"won\"} %d.0".formatted(twice));
        }
    }
}
