package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Does what callers and operators do while a server is away, and notes what they get. */
final class OutageProbe {

    private static final Duration UNTIL_TOLD = Duration.ofSeconds(15);

    private final Fleet fleet;
    private final List<Integer> ingresses;
    private final OutageKeys keys;
    private final DegradationTable promised;
    private final Map<OutageRow, String> observed = new EnumMap<>(OutageRow.class);
    private final Map<String, Long> served = new HashMap<>();
    private Duration slowestCall = Duration.ZERO;
    private Duration slowestManagement = Duration.ZERO;
    private @Nullable String newKey;
    private boolean isBlocked;

    /** A probe that asks these ingresses. */
    OutageProbe(Fleet fleet, List<Integer> ingresses, OutageKeys keys, DegradationTable promised) {
        this.fleet = fleet;
        this.ingresses = ingresses;
        this.keys = keys;
        this.promised = promised;
    }

    /** Goes through all rows and compares them with what is promised. */
    void compare() {
        observe();
        promised.assertHolds(observed);
        promised.assertWithin(OutageRow.SLOWEST_CALL, slowestCall);
        promised.assertWithin(OutageRow.SLOWEST_MANAGEMENT, slowestManagement);
    }

    /** All of some calls with a key that is known are served. */
    void serves(int calls) {
        assertThat(served(calls, keys.known())).isEqualTo(calls + " served");
    }

    /** No ingress has forgotten what the books showed. */
    void spentStaysSpent() {
        for (int ingress : ingresses) {
            assertThat(chat(ingress, keys.spent())).isEqualTo("400");
            assertThat(chat(ingress, keys.blocked())).isEqualTo("401");
        }
    }

    private void observe() {
        int first = ingresses.getFirst();
        // At once, while clients still wait for a server that no longer answers.
        note(OutageRow.MASTER_KEY, chat(first, Fleet.MASTER_KEY));
        note(OutageRow.KNOWN_KEY, chat(first, keys.known()));
        note(OutageRow.RATE_LIMIT, served(16, keys.sixAMinute()));
        note(OutageRow.SPENT_BUDGET, chat(first, keys.spent()));
        note(OutageRow.BUDGET, served(6, keys.poor()));
        note(OutageRow.UNKNOWN_KEY, chat(first, "sk-nobody-has-this-key"));
        note(OutageRow.EXPIRED_KEY, chat(first, keys.expired()));
        note(OutageRow.BLOCKED_KEY, chat(first, keys.blocked()));
        note(OutageRow.MODELS, status(fleet.fetch(first, keys.known(), "/v1/models")));

        manage(first);
        note(OutageRow.NEW_KEY, newKey == null ? "none" : chat(first, newKey));
        note(OutageRow.KEY_BLOCKED_MEANWHILE, chat(first, keys.toBlock()));
        note(OutageRow.LIVELINESS, status(fleet.fetch(first, "", "/health/liveliness")));
        noteOnceTold(OutageRow.READINESS, () -> parts(fleet.fetch(first, "", "/health/readiness")));
        noteOnceTold(OutageRow.READINESS_OF_BOOKS, () -> servers(fleet.readinessOfBooks()));
    }

    private void manage(int ingress) {
        HttpResponse<String> made = manage(ingress, "/key/generate", "{}");
        note(OutageRow.KEY_GENERATE, managed(made));
        if (made.statusCode() == 200) {
            newKey = Fleet.json(made).path("key").asText();
        }
        HttpResponse<String> blocked =
                manage(ingress, "/key/block", "{\"key\": \"%s\"}".formatted(keys.toBlock()));
        note(OutageRow.KEY_BLOCK, managed(blocked));
        isBlocked = blocked.statusCode() == 200;
        note(OutageRow.KEY_INFO, managed(manage(ingress, "/key/info?key=" + keys.known(), null)));
        note(OutageRow.SPEND_LOGS, managed(manage(ingress, "/spend/logs?limit=1", null)));
    }

    private HttpResponse<String> manage(int ingress, String path, @Nullable String body) {
        long begin = System.nanoTime();
        HttpResponse<String> answer =
                body == null
                        ? fleet.fetch(ingress, Fleet.MASTER_KEY, path)
                        : fleet.post(ingress, Fleet.MASTER_KEY, path, body);
        slowestManagement = longer(slowestManagement, begin);
        return answer;
    }

    private HttpResponse<String> call(int ingress, String key) {
        long begin = System.nanoTime();
        HttpResponse<String> answer = fleet.chat(ingress, key, "call " + served.size());
        slowestCall = longer(slowestCall, begin);
        if (answer.statusCode() == 200) {
            served.put(
                    answer.headers().firstValue("x-litellm-call-id").orElseThrow(),
                    Fleet.json(answer).at("/usage/total_tokens").asLong());
        }
        return answer;
    }

    private String chat(int ingress, String key) {
        return status(call(ingress, key));
    }

    /** In turn at all ingresses: how many are served, or what all of them get instead. */
    private String served(int calls, String key) {
        IntFunction<String> one = i -> chat(ingresses.get(i % ingresses.size()), key);
        Map<String, Integer> answers = new HashMap<>();
        for (int i = 0; i < calls; i++) {
            answers.merge(one.apply(i), 1, Integer::sum);
        }
        Integer good = answers.get("200");
        return good == null ? String.join(", ", answers.keySet()) : good + " served";
    }

    private static Duration longer(Duration slowest, long beginNanos) {
        Duration took = Duration.ofNanos(System.nanoTime() - beginNanos);
        return took.compareTo(slowest) > 0 ? took : slowest;
    }

    private void note(OutageRow row, String cell) {
        observed.put(row, cell);
    }

    /** A state that a service learns by asking: it may be told some seconds late. */
    private void noteOnceTold(OutageRow row, Supplier<String> now) {
        try {
            await().atMost(UNTIL_TOLD).until(() -> now.get().equals(promised.promised(row)));
        } catch (ConditionTimeoutException _) {
            // What is noted now will not be what is promised.
        }
        note(row, now.get());
    }

    /** Errors must be in OpenAI's form. */
    private static String status(HttpResponse<String> answer) {
        int status = answer.statusCode();
        boolean isWellFormed =
                status < 400 || Fleet.json(answer).at("/error/message").asText().length() > 10;
        return isWellFormed ? Integer.toString(status) : status + " " + answer.body();
    }

    private static String managed(HttpResponse<String> answer) {
        String propagation = answer.headers().firstValue("x-sluice-propagation").orElse("");
        return status(answer) + (propagation.isEmpty() ? "" : ", " + propagation);
    }

    private static String parts(HttpResponse<String> answer) {
        JsonNode json = Fleet.json(answer);
        Set<String> away =
                json.path("parts").properties().stream()
                        .filter(part -> !part.getValue().asText().equals("ready"))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toCollection(TreeSet::new));
        return told(answer, json, away);
    }

    private static String servers(HttpResponse<String> answer) {
        JsonNode json = Fleet.json(answer);
        Set<String> away = new TreeSet<>();
        for (String server : List.of("db", "kafka")) {
            if (!json.path(server).asText().equals("connected")) {
                away.add(server);
            }
        }
        return told(answer, json, away);
    }

    private static String told(HttpResponse<String> answer, JsonNode json, Set<String> away) {
        return "%d %s%s"
                .formatted(
                        answer.statusCode(),
                        json.path("status").asText(),
                        away.isEmpty() ? "" : ": " + String.join(", ", away));
    }

    /** Calls that were served, with the tokens that the caller was told. */
    Map<String, Long> served() {
        return served;
    }

    Duration slowestCall() {
        return slowestCall;
    }

    Duration slowestManagement() {
        return slowestManagement;
    }

    /** The key made meanwhile, if it could be made. */
    @Nullable String newKey() {
        return newKey;
    }

    /** Whether a key could be blocked meanwhile. */
    boolean isBlocked() {
        return isBlocked;
    }
}
