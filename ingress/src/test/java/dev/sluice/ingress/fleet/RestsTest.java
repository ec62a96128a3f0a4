package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** When deployments rest. Rows F2 to F8 are of LiteLLM's own suite. */
class RestsTest {

    private static final String PAIR =
            """
            model_list:
              - {model_name: m, litellm_params: {model: openai/m}, model_info: {id: a}}
              - {model_name: m, litellm_params: {model: openai/m}, model_info: {id: b}}
              - {model_name: single, litellm_params: {model: openai/m}, model_info: {id: alone}}
              - {model_name: "*", litellm_params: {model: "openai/*"}, model_info: {id: any}}
            """;

    private final TestingClock clock = new TestingClock();
    private final Rests rests = new Rests(List.of(), clock);

    /** F2: 401 cools at once; 400 and an empty status never do. */
    @ParameterizedTest
    @CsvSource({
        "http_401, true",
        "http_404, true",
        "http_302, true",
        "http_400, false",
        "http_403, false",
        "http_422, false",
        "http_, false",
        "'', false",
        "cancelled, false",
        "stale, false",
        "pool_exhausted, false",
        "too_large, false",
        "internal_error, false"
    })
    void f2RestsAtOnceWhereEveryFurtherCallWouldFailToo(String errorClass, boolean rests)
            throws Exception {
        follow("");
        fails("a", errorClass, 1);
        fails("alone", errorClass, 1);

        assertThat(this.rests.isOn("a")).isEqualTo(rests);
        assertThat(this.rests.isOn("alone")).isEqualTo(rests);
        if (!rests) {
            fails("b", errorClass, 2_000);
            assertThat(this.rests.isOn("b")).isFalse();
        }
    }

    /** F3: more than half of a minute's calls failed. */
    @Test
    void f3RestsWhenMoreThanHalfOfTheMinutesCallsFail() throws Exception {
        follow("");
        succeeds("a", 40);
        succeeds("b", 5);
        fails("a", "http_500", 40);
        assertThat(rests.isOn("a")).isFalse();

        fails("a", "http_500", 1);
        assertThat(rests.isOn("a")).isTrue();
    }

    /** F5: five of five. A connection that fails is a failure as any other. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http_500",
                "http_408",
                "timeout_first_byte",
                "timeout_connect",
                "connect",
                "tls",
                "broken",
                "protocol",
                "unreadable"
            })
    void f5RestsAfterFiveFailuresOfFive(String errorClass) throws Exception {
        follow("");
        fails("a", errorClass, 4);
        assertThat(rests.isOn("a")).isFalse();

        fails("a", errorClass, 1);
        assertThat(rests.isOn("a")).isTrue();
        clock.pass(Duration.ofSeconds(5));
        assertThat(rests.isOn("a")).isFalse();
    }

    @Test
    void countsOnlyWhatHappenedInThisMinute() throws Exception {
        follow("");
        fails("a", "http_500", 4);
        clock.pass(Duration.ofMinutes(1));
        fails("a", "http_500", 4);

        assertThat(rests.isOn("a")).isFalse();
    }

    /** F6: who is alone rests only when a thousand calls of a minute failed, and all of them. */
    @Test
    void f6LetsASingleDeploymentRestWhenAThousandOfAThousandFail() throws Exception {
        follow("");
        fails("alone", "http_429", 3);
        fails("alone", "http_500", 996);
        assertThat(rests.isOn("alone")).isFalse();
        fails("alone", "http_500", 1);
        assertThat(rests.isOn("alone")).isTrue();

        clock.pass(Duration.ofMinutes(1));
        assertThat(rests.enter("alone")).isNotNull();
        succeeds("alone", 1);
        fails("alone", "http_500", 1_500);
        assertThat(rests.isOn("alone")).isFalse();
    }

    /** F8. */
    @Test
    void f8RestsNeverWhereCooldownsAreOff() throws Exception {
        follow("router_settings: {disable_cooldowns: true}");
        fails("a", "http_401", 1);
        fails("a", "http_500", 2_000);
        fails429("a", 60);
        rests.heard("a", Duration.ofMinutes(1));

        assertThat(rests.isOn("a")).isFalse();
        assertThat(rests.enter("a")).isNotNull();
        assertThat(rests.ownLeft("a")).isZero();
    }

    @Test
    void neverLetsTheDeploymentForAnyModelRest() throws Exception {
        follow("");
        fails("any", "http_401", 3);

        assertThat(rests.isOn("any")).isFalse();
    }

    @Test
    void restsAtOnceWhereItHasEnoughAndOthersCanServe() throws Exception {
        follow("");
        fails429("a", -1);
        fails429("alone", -1);

        assertThat(rests.isOn("a")).isTrue();
        assertThat(rests.isOn("alone")).isFalse();
    }

    /** The deployment's own time, then the provider's, then the router's, then five seconds. */
    @Test
    void restsForTheTimeThatKnowsBest() throws Exception {
        follow("");
        assertThat(restAfter429(-1)).isEqualTo(Duration.ofSeconds(5));
        assertThat(restAfter429(0)).isEqualTo(Duration.ofSeconds(5));
        assertThat(restAfter429(30)).isEqualTo(Duration.ofSeconds(30));
        assertThat(restAfter429(Long.MAX_VALUE)).isEqualTo(Duration.ofMinutes(5));

        follow("router_settings: {cooldown_time: 12}");
        assertThat(restAfter429(-1)).isEqualTo(Duration.ofSeconds(12));
        assertThat(restAfter429(30)).isEqualTo(Duration.ofSeconds(30));

        followOwn("2.5", "router_settings: {cooldown_time: 12}");
        assertThat(restAfter429(30)).isEqualTo(Duration.ofMillis(2_500));

        followOwn("0", "");
        clock.pass(Duration.ofHours(1));
        fails429("a", 30);
        fails("a", "http_401", 1);
        assertThat(rests.isOn("a")).isFalse();

        follow("router_settings: {cooldown_time: 0}");
        fails("a", "http_500", 2_000);
        assertThat(rests.isOn("a")).isFalse();
    }

    @Test
    void takesTheAllowedFailsThatTheOperatorCounts() throws Exception {
        follow("router_settings: {allowed_fails: 2}");
        fails("alone", "http_500", 2);
        assertThat(rests.isOn("alone")).isFalse();
        fails("alone", "http_500", 1);
        assertThat(rests.isOn("alone")).isTrue();

        // Not at once, as where nothing is said: 401 counts one.
        fails("a", "http_401", 2);
        assertThat(rests.isOn("a")).isFalse();
        clock.pass(Duration.ofSeconds(5));
        fails("a", "http_401", 2);
        assertThat(rests.isOn("a")).isFalse();
        fails("a", "http_401", 1);
        assertThat(rests.isOn("a")).isTrue();
    }

    @Test
    void takesAllowedFailsThatAreTheDefaultForNothingSaid() throws Exception {
        follow("router_settings: {allowed_fails: 3}");
        fails("a", "http_401", 1);

        assertThat(rests.isOn("a")).isTrue();
    }

    @Test
    void takesTheAllowedFailsOfTheFailuresKind() throws Exception {
        follow(
                """
                router_settings:
                  allowed_fails_policy:
                    {RateLimitErrorAllowedFails: 10, TimeoutErrorAllowedFails: 0}
                """);
        fails("a", "timeout_first_byte", 1);
        assertThat(rests.isOn("a")).isTrue();

        fails("b", "http_429", 10);
        assertThat(rests.isOn("b")).isFalse();
        fails("b", "http_500", 1);
        assertThat(rests.isOn("b")).isTrue();
    }

    @Test
    void takesNoFailureOfTheCallersForTheDeployments() throws Exception {
        follow("router_settings: {allowed_fails: 0}");
        fails("a", "http_400", 100);
        fails("a", "cancelled", 100);

        assertThat(rests.isOn("a")).isFalse();
    }

    /** A third of its calls fail, which no rule of LiteLLM's sees; its peer works. */
    @Test
    void ejectsWhoFailsFarMoreOftenThanItsPeers() throws Exception {
        follow("");
        for (int i = 0; i < 40 && !rests.isOn("a"); i++) {
            succeeds("a", 2);
            succeeds("b", 3);
            fails("a", "http_500", 1);
        }

        assertThat(rests.isOn("a")).isTrue();
        assertThat(rests.isOn("b")).isFalse();
    }

    @Test
    void ejectsNobodyWhereAllFailAlikeOrFewCallsWereMade() throws Exception {
        follow("");
        for (int i = 0; i < 100; i++) {
            succeeds("a", 2);
            succeeds("b", 2);
            fails("a", "http_500", 1);
            fails("b", "http_500", 1);
        }
        assertThat(rests.isOn("a")).isFalse();
        assertThat(rests.isOn("b")).isFalse();

        clock.pass(Duration.ofMinutes(1));
        succeeds("b", 9);
        succeeds("a", 6);
        fails("a", "http_500", 4);
        assertThat(rests.isOn("a")).isFalse();
    }

    @Test
    void ejectsNotTheLastWhoIsAwake() throws Exception {
        follow("");
        for (int i = 0; i < 20; i++) {
            succeeds("b", 2);
            succeeds("a", 2);
        }
        fails("b", "http_401", 1);
        fails("a", "http_500", 30);

        assertThat(rests.isOn("b")).isTrue();
        assertThat(rests.isOn("a")).isFalse();
    }

    @Test
    void heedsTheWordOfOthersAndTellsOnlyItsOwn() throws Exception {
        follow("");
        rests.heard("a", Duration.ofSeconds(20));
        assertThat(rests.isOn("a")).isTrue();
        assertThat(rests.ownLeft("a")).isZero();

        fails429("b", 20);
        rests.heard("b", Duration.ofMillis(20_050));
        assertThat(rests.ownLeft("b")).isEqualTo(Duration.ofSeconds(20));

        clock.pass(Duration.ofSeconds(20));
        assertThat(rests.enter("a")).isNotNull();
        assertThat(rests.enter("a")).as("it is probed here too").isNull();
    }

    @Test
    void losesNoCountAmongManyThreads() throws Exception {
        var count = new MinuteCount();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < 32; thread++) {
                running.add(
                        threads.submit(() -> {
                            for (int i = 0; i < 1_000; i++) {
                                count.succeeded(7);
                                count.failed(7);
                            }
                        }));
            }
            for (Future<?> done : running) {
                done.get();
            }
        }
        assertThat(count.successes(7)).isEqualTo(32_000);
        assertThat(count.failures(7)).isEqualTo(32_000);
        assertThat(count.failures(8)).isZero();
    }

    private Duration restAfter429(long retryAfterSeconds) {
        clock.pass(Duration.ofHours(1));
        succeeds("a", 1);
        fails429("a", retryAfterSeconds);
        return Duration.ofNanos(rests.leftNanos("a"));
    }

    private void fails(String id, String errorClass, int times) {
        for (int i = 0; i < times; i++) {
            rests.failed(id, errorClass, false, -1, Leave.ANY);
        }
    }

    private void fails429(String id, long retryAfterSeconds) {
        rests.failed(id, "http_429", true, retryAfterSeconds, Leave.ANY);
    }

    private void succeeds(String id, int times) {
        for (int i = 0; i < times; i++) {
            rests.succeeded(id);
        }
    }

    private void follow(String more) throws InvalidConfigException {
        follow(PAIR, more);
    }

    private void followOwn(String cooldownTime, String more) throws InvalidConfigException {
        follow(
                PAIR.replace(
                        "{model: openai/m}, model_info: {id: a}",
                        "{model: openai/m, cooldown_time: %s}, model_info: {id: a}"
                                .formatted(cooldownTime)),
                more);
    }

    private void follow(String models, String more) throws InvalidConfigException {
        GatewayConfig config = ConfigReader.parse("test.yaml", models + more);
        rests.follow(CooldownRules.of(config, List.of("a", "b", "alone", "any")));
    }
}
