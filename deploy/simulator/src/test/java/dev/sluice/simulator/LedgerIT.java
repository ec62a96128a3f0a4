package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class LedgerIT {

    private static final int WORKERS = 50;
    private static final int CALLS_EACH = 20;

    @Test
    void isExactUnderConcurrency() throws InterruptedException, ExecutionException {
        try (Simulator simulator = started()) {
            Client client = Client.of(simulator);
            client.scenario("{\"match\":{\"model\":\"gpt-4o\"},\"status\":500,\"share\":0.1}");

            Seen seen = new Seen();
            try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Seen>> shares = new ArrayList<>();
                for (int worker = 0; worker < WORKERS; worker++) {
                    int number = worker;
                    shares.add(workers.submit(() -> work(client, number)));
                }
                for (Future<Seen> share : shares) {
                    seen.add(share.get());
                }
            }

            JsonNode ledger = client.ledger();
            assertThat(ledger.get("attempts")).hasSize(WORKERS * CALLS_EACH);
            assertThat(seen.calls).isBetween(900L, 999L);
            assertThat(ledger.at("/totals/calls").longValue()).isEqualTo(seen.calls);
            assertThat(ledger.at("/totals/input_tokens").longValue()).isEqualTo(seen.input);
            assertThat(ledger.at("/totals/output_tokens").longValue()).isEqualTo(seen.output);
            assertThat(ledger.at("/totals/cost_pico").longValue()).isEqualTo(seen.costPico);
            assertThat(sum(ledger.get("attempts"), "cost_pico")).isEqualTo(seen.costPico);
            assertThat(sum(ledger.get("by_key"), "cost_pico")).isEqualTo(seen.costPico);
            assertThat(sum(ledger.get("by_model"), "calls")).isEqualTo(seen.calls);
            Set<String> ids = new HashSet<>();
            ledger.get("attempts").forEach(attempt -> ids.add(attempt.get("request_id").asText()));
            assertThat(ids).hasSize(WORKERS * CALLS_EACH);
        }
    }

    /** Whoever has the whole answer finds it in the ledger: the next request must see it. */
    @Test
    void knowsAnAnswerBeforeItsCallerDoes() {
        try (Simulator simulator = started()) {
            Client client = Client.of(simulator);
            for (int i = 1; i <= 50; i++) {
                client.chat("gpt-4o", "x" + i, i % 2 == 0 ? "" : ",\"stream\":true");

                assertThat(client.ledger().at("/totals/calls").intValue()).isEqualTo(i);
            }
        }
    }

    /** By these, a test that makes calls finds its own attempts again. */
    @Test
    void saysWhomEachAttemptWasForAndWhoShouldServeIt() {
        try (Simulator simulator = started()) {
            Client client = Client.of(simulator);

            client.post(
                    "/d/east/v1/chat/completions",
                    Client.chatBody("gpt-4o", "x", ",\"user\":\"%s\"".formatted("u".repeat(100))));
            JsonNode named = client.lastAttempt();
            client.chat("gpt-4o", "x", "");
            JsonNode nameless = client.lastAttempt();

            assertThat(named.get("deployment").textValue()).isEqualTo("east");
            assertThat(named.get("user").textValue()).isEqualTo("u".repeat(64));
            assertThat(nameless.get("deployment").isNull()).isTrue();
            assertThat(nameless.get("user").isNull()).isTrue();
        }
    }

    private static Simulator started() {
        Simulator simulator =
                new Simulator(SimulatorSettings.defaults("127.0.0.1", 0).withProfile("instant"));
        simulator.start();
        return simulator;
    }

    private static Seen work(Client client, int worker) {
        Seen seen = new Seen();
        for (int call = 0; call < CALLS_EACH; call++) {
            boolean stream = call % 4 == 0;
            String model = call % 2 == 0 ? "gpt-4o" : "gpt-4o-mini";
            String more =
                    ",\"metadata\":{\"sim_output_tokens\":\"%d\"}%s"
                            .formatted(
                                    1 + call,
                                    stream
                                            ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"
                                            : "");
            String body = Client.chatBody(model, "worker " + worker + " call " + call, more);
            HttpResponse<String> response =
                    client.send("POST", "/v1/chat/completions", body, "sk-worker-" + worker % 7);
            if (response.statusCode() == 200) {
                JsonNode usage =
                        stream
                                ? Client.events(response.body()).getLast().get("usage")
                                : Client.json(response.body()).get("usage");
                seen.add(model, usage);
            }
        }
        return seen;
    }

    private static long sum(JsonNode rows, String field) {
        long sum = 0;
        for (JsonNode row : rows) {
            sum += row.get(field).longValue();
        }
        return sum;
    }

    /** What one caller saw, billed by itself. */
    private static final class Seen {
        private long calls;
        private long input;
        private long output;
        private long costPico;

        void add(String model, JsonNode usage) {
            long in = usage.get("prompt_tokens").longValue();
            long out = usage.get("completion_tokens").longValue();
            calls++;
            input += in;
            output += out;
            costPico +=
                    model.equals("gpt-4o")
                            ? in * 2_500_000 + out * 10_000_000
                            : in * 150_000 + out * 600_000;
        }

        void add(Seen other) {
            calls += other.calls;
            input += other.input;
            output += other.output;
            costPico += other.costPico;
        }
    }
}
