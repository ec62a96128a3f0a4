package dev.sluice.standalone.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What an operator asks the house over HTTP: keys, metrics, orders to the provider, its ledger. */
final class Gatekeeper implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HouseConfig config;

    Gatekeeper(HouseConfig config) {
        this.config = config;
    }

    /** Tells the provider how to misbehave. */
    void orderFaults() throws IOException, InterruptedException {
        for (CallKind kind : CallKind.values()) {
            for (String scenario : kind.scenarios()) {
                post(config.simulator().resolve("/_sim/scenario"), scenario);
            }
        }
    }

    /** Makes keys with and without a team and a user; the master key is among them. */
    List<String> makeKeys() throws IOException, InterruptedException {
        URI ingress = config.url(Target.INGRESS_1);
        post(ingress.resolve("/team/new"), "{\"team_id\":\"chaos-team\",\"max_budget\":100000}");
        post(
                ingress.resolve("/user/new"),
                "{\"user_id\":\"chaos-user\",\"auto_create_key\":false}");
        post(
                ingress.resolve("/team/member_add"),
                "{\"team_id\":\"chaos-team\",\"member\":{\"role\":\"user\",\"user_id\":\"chaos-user\"}}");
        List<String> keys = new ArrayList<>(List.of(HouseConfig.MASTER_KEY));
        for (String owner :
                List.of(
                        "{\"max_budget\":100000}",
                        "{\"team_id\":\"chaos-team\"}",
                        "{\"user_id\":\"chaos-user\"}",
                        "{\"team_id\":\"chaos-team\",\"user_id\":\"chaos-user\",\"max_budget\":100000}")) {
            keys.add(post(ingress.resolve("/key/generate"), owner).path("key").asText());
        }
        return keys;
    }

    /** Whether every ingress has handed on all that it has written down. */
    boolean journalsAreEmpty() throws InterruptedException {
        for (Target target : List.of(Target.INGRESS_1, Target.INGRESS_2)) {
            try {
                String metrics = fetch(config.url(target).resolve("/metrics"));
                if (sum(metrics, "sluice_journal_pending_events") != 0
                        || sum(metrics, "sluice_journal_open_requests") != 0) {
                    return false;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** -1 where there is no such meter. */
    private static double sum(String metrics, String name) {
        double sum = 0;
        boolean found = false;
        for (String line : metrics.lines().toList()) {
            if (line.startsWith(name + " ") || line.startsWith(name + "{")) {
                found = true;
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return found ? sum : -1;
    }

    /** All that the provider received, in the order in which it did. */
    List<Billed> ledger() throws IOException, InterruptedException {
        JsonNode ledger = JSON.readTree(fetch(config.simulator().resolve("/_sim/ledger")));
        if (ledger.path("attempts_dropped").asLong() != 0) {
            throw new IOException("the provider's ledger has forgotten attempts: a shorter run");
        }
        List<Billed> billed = new ArrayList<>();
        for (JsonNode attempt : ledger.path("attempts")) {
            billed.add(
                    new Billed(
                            attempt.path("request_id").asText(),
                            attempt.path("user").asText(),
                            attempt.path("deployment").asText(),
                            attempt.path("status").asInt(),
                            attempt.path("input_tokens").asLong(),
                            attempt.path("cached_tokens").asLong(),
                            attempt.path("output_tokens").asLong(),
                            attempt.path("cost_pico").asLong(),
                            attempt.path("fault").textValue()));
        }
        // The end of a response id is the ordinal of the request.
        billed.sort(
                Comparator.comparing(
                        each -> each.responseId().substring(each.responseId().length() - 12)));
        return billed;
    }

    private JsonNode post(URI uri, String body) throws IOException, InterruptedException {
        return JSON.readTree(
                send(
                        HttpRequest.newBuilder(uri)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body, UTF_8))));
    }

    private String fetch(URI uri) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri).GET());
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                client.send(
                        request.timeout(TIMEOUT)
                                .header("Authorization", "Bearer " + HouseConfig.MASTER_KEY)
                                .build(),
                        BodyHandlers.ofString(UTF_8));
        if (answer.statusCode() != 200) {
            throw new IOException(
                    "%s answered %d: %s"
                            .formatted(answer.uri(), answer.statusCode(), answer.body()));
        }
        return answer.body();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
