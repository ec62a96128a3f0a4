package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How soon three ingresses go by what a management call has changed, and that none misses it. */
final class PropagationIT {

    private static final int INGRESSES = 3;
    private static final int CHANGES = 1000;
    private static final Duration BOUND = Duration.ofSeconds(1);
    private static final String MODELS = "/v1/models";
    private static final String BOTH_MODELS = "[\"gpt-4o\", \"gpt-4o-mini\"]";

    private static Fleet fleet;

    private final List<Long> micros = new ArrayList<>();

    /** What an ingress is asked until it goes by a change. */
    private interface Effect {
        boolean isSeen(int ingress);
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, INGRESSES);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
    }

    @AfterAll
    static void stop() throws Exception {
        fleet.close();
    }

    @Test
    void aThousandChangesInARowAreEffectiveEverywhereWithinASecond() {
        String team = fleet.manage("/team/new", "{}").path("team_id").asText();
        String ofTeam = "{\"team_id\": \"%s\"}".formatted(team);
        String withModels = "{\"team_id\": \"%s\", \"models\": %s}".formatted(team, BOTH_MODELS);
        String key = fleet.newKey(withModels);
        for (int round = 0; micros.size() < CHANGES; round++) {
            String ofKey = "{\"key\": \"%s\"}".formatted(key);
            change("/key/block", ofKey, refused(key));
            change("/key/unblock", ofKey, served(key, 2));
            change("/team/block", ofTeam, refused(key));
            change("/team/unblock", ofTeam, served(key, 2));
            change("/key/update", models(key, "\"gpt-4o\""), served(key, 1));
            change("/key/update", models(key, "\"gpt-4o\", \"gpt-4o-mini\""), served(key, 2));
            change("/key/update", blocked(key, true), refused(key));
            change("/key/update", blocked(key, false), served(key, 2));
            String old = key;
            key = change("/key/regenerate", ofKey, refused(old)).path("key").asText();
            String fresh = key;
            assertThat(seenByAll(served(fresh, 2))).isLessThan(BOUND);
            if (round % 4 == 3) {
                change("/key/delete", "{\"keys\": [\"%s\"]}".formatted(key), refused(key));
                key = fleet.newKey(withModels);
                assertThat(seenByAll(served(key, 2))).isLessThan(BOUND);
            }
        }
        report();
    }

    @Test
    void anUpdateAtTheSameTimeNeverUndoesABlock() throws Exception {
        String key = fleet.newKey("{}");
        String ofKey = "{\"key\": \"%s\"}".formatted(key);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= 200; round++) {
                String update =
                        "{\"key\": \"%s\", \"rpm_limit\": %d, \"models\": [\"gpt-4o\"]}"
                                .formatted(key, 1000 + round);
                Future<HttpResponse<String>> block =
                        threads.submit(() -> manage(1, "/key/block", ofKey));
                Future<HttpResponse<String>> change =
                        threads.submit(() -> manage(2, "/key/update", update));

                assertThat(block.get().statusCode()).isEqualTo(200);
                assertThat(change.get().statusCode()).isEqualTo(200);
                assertThat(seenByAll(refused(key))).isLessThan(BOUND);
                JsonNode info = info(key);
                assertThat(info.path("blocked").asBoolean()).isTrue();
                assertThat(info.path("rpm_limit").asInt()).isEqualTo(1000 + round);
                fleet.manage("/key/unblock", ofKey);
                assertThat(seenByAll(served(key, 1))).isLessThan(BOUND);
            }
        }
    }

    @Test
    void aKeyThatIsRegeneratedWhileItIsBlockedStaysBlocked() throws Exception {
        int blockedFirst = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 40; round++) {
                String key = fleet.newKey("{\"models\": %s}".formatted(BOTH_MODELS));
                String ofKey = "{\"key\": \"%s\"}".formatted(key);
                Future<HttpResponse<String>> block =
                        threads.submit(() -> manage(1, "/key/block", ofKey));
                String fresh = fleet.manage("/key/regenerate", ofKey).path("key").asText();

                assertThat(seenByAll(refused(key))).isLessThan(BOUND);
                boolean isBlocked = block.get().statusCode() == 200;
                blockedFirst += isBlocked ? 1 : 0;
                assertThat(seenByAll(isBlocked ? blocked(fresh) : served(fresh, 2)))
                        .isLessThan(BOUND);
            }
        }
        assertThat(blockedFirst).isPositive();
    }

    /** Makes a change, and waits until it is effective everywhere. */
    private JsonNode change(String path, String body, Effect effect) {
        JsonNode answer = fleet.manage(path, body);
        Duration took = seenByAll(effect);
        assertThat(took).describedAs(path).isLessThan(BOUND);
        micros.add(took.toNanos() / 1000);
        return answer;
    }

    /** How long it takes from now until the last ingress goes by a change. */
    private static Duration seenByAll(Effect effect) {
        long begin = System.nanoTime();
        long give = begin + Duration.ofSeconds(10).toNanos();
        for (int ingress = INGRESSES - 1; ingress >= 0; ingress--) {
            while (!effect.isSeen(ingress)) {
                if (System.nanoTime() > give) {
                    throw new AssertionError("ingress %d has missed it".formatted(ingress));
                }
            }
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private static Effect refused(String key) {
        return ingress -> {
            int status = fleet.fetch(ingress, key, MODELS).statusCode();
            // After many unknown keys from one address the next are told to wait.
            return status == 401 || status == 429;
        };
    }

    private static Effect blocked(String key) {
        return ingress -> {
            HttpResponse<String> answer = fleet.fetch(ingress, key, MODELS);
            return answer.statusCode() == 401 && answer.body().contains("blocked");
        };
    }

    private static Effect served(String key, int models) {
        return ingress -> {
            HttpResponse<String> answer = fleet.fetch(ingress, key, MODELS);
            return answer.statusCode() == 200 && Fleet.json(answer).path("data").size() == models;
        };
    }

    private static HttpResponse<String> manage(int ingress, String path, String body) {
        return fleet.post(ingress, Fleet.MASTER_KEY, path, body);
    }

    private static JsonNode info(String key) {
        return Fleet.json(fleet.fetch(0, Fleet.MASTER_KEY, "/key/info?key=" + key)).path("info");
    }

    private static String models(String key, String names) {
        return "{\"key\": \"%s\", \"models\": [%s]}".formatted(key, names);
    }

    private static String blocked(String key, boolean isBlocked) {
        return "{\"key\": \"%s\", \"blocked\": %b}".formatted(key, isBlocked);
    }

    private void report() {
        Collections.sort(micros);
        LoggerFactory.getLogger(PropagationIT.class)
                .atInfo()
                .addKeyValue("changes", micros.size())
                .addKeyValue(
                        "meanMicros",
                        micros.stream().mapToLong(Long::longValue).sum() / micros.size())
                .addKeyValue("p99Micros", micros.get(micros.size() * 99 / 100))
                .addKeyValue("maxMicros", micros.getLast())
                .log("changes seen by three ingresses");
    }
}
