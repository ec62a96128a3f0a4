package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.ingress.ScriptedProvider;
import dev.sluice.ingress.ScriptedProvider.Script;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** What callers get when what they cost cannot be made safe. */
@ExtendWith(KafkaExtension.class)
class BooksBoundsIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String NOWHERE = "127.0.0.1:1";
    private static final String ANSWER =
            "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                    + "\"content\":\"x\"}}],"
                    + ScriptedProvider.USAGE
                    + "}";
    private static final String SMALL = "segment_bytes: 65536, max_bytes: 1048576";

    /** Records get large, and a journal full soon. */
    private static final String LONG_NAME = "n".repeat(512);

    /** Far more than a journal of a megabyte takes. */
    private static final int TOO_MANY = 3_000;

    @TempDir private Path data;
    @TempDir private Path scratch;
    private final AtomicInteger answered = new AtomicInteger();

    private void answer(ScriptedProvider.Line line) throws IOException {
        answered.incrementAndGet();
        line.plain(200, ANSWER);
    }

    private GatewayUnderTest gateway(ScriptedProvider provider, String kafka, String journal) {
        String models =
                """
                  - model_name: scripted
                    litellm_params: {model: openai/gpt-4o, api_base: http://127.0.0.1:%1$d/scripted, api_key: k}
                  - model_name: filler
                    litellm_params: {model: openai/gpt-4o, api_base: http://127.0.0.1:%1$d/filler, api_key: k}
                router_settings: {num_retries: 1, retry_after: 0}
                sluice: {journal: {%2$s}}
                """
                        .formatted(provider.port(), journal);
        return GatewayUnderTest.withKafka(data, models, kafka);
    }

    @Test
    void aFullJournalRefusesCallsBeforeTheProviderIsAsked() throws Exception {
        try (var provider = new ScriptedProvider(Map.of("filler", (line, _) -> answer(line)));
                var gateway = gateway(provider, NOWHERE, SMALL + ", when_full: refuse")) {
            int served = fill(gateway);

            assertThat(served).isGreaterThan(200);
            assertThat(answered).hasValue(served);
            HttpResponse<String> refused = call(gateway, "filler", false);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("service_unavailable_error");
            assertThat(answered).as("the provider was not asked").hasValue(served);
            assertThat(count("settled")).isEqualTo(served);
            assertThat(gateway.metrics())
                    .containsPattern(
                            "sluice_journal_refused_total\\{reason=\"full\",record=\"start\"} [1-9]");
        }
    }

    @Test
    void aFullJournalServesAndCountsWhereThatIsWanted() throws Exception {
        try (var provider = new ScriptedProvider(Map.of("filler", (line, _) -> answer(line)));
                var gateway = gateway(provider, NOWHERE, SMALL + ", when_full: serve")) {
            int calls = 0;
            Predicate<String> ends =
                    metrics ->
                            !metrics.contains(
                                    "sluice_journal_refused_total{reason=\"full\",record=\"end\"} 0.0");
            while (!ends.test(gateway.metrics())) {
                assertThat(call(gateway, "filler", false).statusCode()).isEqualTo(200);
                calls++;
                assertThat(calls).isLessThan(TOO_MANY);
            }
            assertThat(call(gateway, "filler", false).statusCode()).isEqualTo(200);
            assertThat(gateway.metrics())
                    .containsPattern(
                            "sluice_journal_refused_total\\{reason=\"full\",record=\"start\"} [1-9]");
        }
    }

    @Test
    void aCallWhoseRetryCannotBeWrittenDownIsEndedInTheBooks() throws Exception {
        List<GatewayUnderTest> holder = new ArrayList<>();
        Script fillsAndFails =
                (line, _) -> {
                    fill(holder.getFirst());
                    line.plain(500, "{\"error\":{\"message\":\"no\",\"type\":\"t\"}}");
                };
        try (var provider =
                        new ScriptedProvider(
                                Map.of(
                                        "filler",
                                        (line, _) -> answer(line),
                                        "scripted",
                                        fillsAndFails));
                var gateway = gateway(provider, NOWHERE, SMALL + ", when_full: refuse")) {
            holder.add(gateway);

            HttpResponse<String> answer = call(gateway, "scripted", false);

            assertThat(answer.statusCode()).isEqualTo(500);
            UUID request =
                    UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
            List<SpendEvent> events = JournalReading.of(data.resolve("journal"), scratch, request);
            assertThat(events)
                    .extracting(SpendEvent::errorClass)
                    .containsExactly("http_500", "journal_full");
            assertThat(events).extracting(SpendEvent::isFinal).containsExactly(false, true);
            assertThat(events).extracting(SpendEvent::costPico).containsOnly(0L);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerWhoseCostCannotBeWrittenDownIsNotGiven(boolean stream) throws Exception {
        int waiting = 150;
        var open = new CountDownLatch(waiting);
        var go = new CountDownLatch(1);
        Script waits =
                (line, _) -> {
                    open.countDown();
                    go.await();
                    if (!stream) {
                        line.plain(200, ANSWER);
                        return;
                    }
                    line.streamHead();
                    line.words(1);
                    line.usage();
                    line.done();
                };
        try (var provider =
                        new ScriptedProvider(
                                Map.of("filler", (line, _) -> answer(line), "scripted", waits));
                var gateway = gateway(provider, NOWHERE, SMALL + ", when_full: refuse");
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < waiting; i++) {
                calls.add(callers.submit(() -> call(gateway, "scripted", stream)));
            }
            open.await();
            int filled = fill(gateway);
            go.countDown();

            int given = 0;
            for (Future<HttpResponse<String>> call : calls) {
                HttpResponse<String> answer = call.get();
                boolean whole =
                        stream
                                ? answer.body().endsWith("data: [DONE]\n\n")
                                : answer.statusCode() == 200;
                given += whole ? 1 : 0;
                if (!whole) {
                    assertThat(answer.statusCode()).isEqualTo(stream ? 200 : 503);
                    assertThat(answer.body()).contains("service_unavailable_error");
                }
            }

            assertThat(given).as("room was kept for some").isBetween(20, waiting - 1);
            assertThat(count("settled")).isEqualTo(filled + given);
            assertThat(count("gateway_stopped")).as("as presumed").isEqualTo(waiting - given);
        }
    }

    @Test
    void withoutKafkaNothingIsAskedOfAProviderWhereKafkaMustHaveTheEvents() throws Exception {
        try (var provider = new ScriptedProvider(Map.of("filler", (line, _) -> answer(line)));
                var gateway = gateway(provider, NOWHERE, "durability: kafka, when_full: refuse")) {
            HttpResponse<String> refused = call(gateway, "filler", false);

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(answered).hasValue(0);
        }
    }

    @Test
    void withoutKafkaCallsAreServedAndCountedWhereThatIsWanted() throws Exception {
        try (var provider = new ScriptedProvider(Map.of("filler", (line, _) -> answer(line)));
                var gateway = gateway(provider, NOWHERE, "durability: kafka")) {
            for (int i = 0; i < 3; i++) {
                assertThat(call(gateway, "filler", false).statusCode()).isEqualTo(200);
            }

            assertThat(gateway.metrics()).contains("sluice_journal_unacknowledged_total 3.0");
            assertThat(count("settled")).as("kept for later").isEqualTo(3);
        }
    }

    @Test
    void kafkaHasTheEventBeforeTheCallerHasTheAnswer(KafkaBroker broker) throws Exception {
        // No folder can be made there: the journal goes among the temporary files.
        Files.writeString(data.resolve("journal"), "in the way");
        try (var provider = new ScriptedProvider(Map.of("filler", (line, _) -> answer(line)));
                var gateway =
                        gateway(
                                provider,
                                broker.bootstrapServers(),
                                "durability: kafka, when_full: refuse, " + SMALL)) {
            await().atMost(SOON).until(() -> call(gateway, "filler", false).statusCode() == 200);
            int given = 1;
            for (int i = 0; i < 20; i++) {
                given += call(gateway, "filler", false).statusCode() == 200 ? 1 : 0;
            }

            // Who was not told in time was refused, and counted: a slow machine may have some.
            assertThat(given).isGreaterThan(5);
            assertThat(gateway.metrics())
                    .contains(
                            "sluice_journal_unacknowledged_total %d.0"
                                    .formatted(answered.get() - given));
            await().atMost(SOON)
                    .until(() ->
                            gateway.metrics()
                                    .contains(
                                            "sluice_spend_events_shipped_total %d.0"
                                                    .formatted(answered.get())));
        }
    }

    /** Calls until one is refused; how many were served. */
    private static int fill(GatewayUnderTest gateway) {
        int served = 0;
        while (call(gateway, "filler", false).statusCode() == 200) {
            served++;
            assertThat(served).isLessThan(TOO_MANY);
        }
        return served;
    }

    private static HttpResponse<String> call(
            GatewayUnderTest gateway, String model, boolean stream) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",\"stream\":%b,\"user\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
                        .formatted(model, stream, LONG_NAME));
    }

    private long count(String what) throws IOException {
        return JournalReading.all(data.resolve("journal"), scratch).stream()
                .filter(event ->
                        what.equals(event.errorClass())
                                || (what.equals("settled")
                                        && event.kind() == SpendEvent.Kind.SETTLED))
                .count();
    }
}
