package dev.sluice.ingress.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.LimitKind;
import dev.sluice.ingress.limits.Reservation;
import dev.sluice.ingress.limits.Scope;
import dev.sluice.ingress.limits.ScopeKind;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.QueueSettings;
import dev.sluice.schemas.config.QueueSettings.Learned;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Room at deployments, by what is learned and what the config lets them have. */
class CapacityTest {

    private static final String CONFIG =
            """
            model_list:
              - model_name: group
                litellm_params: {model: openai/m, api_key: k}
                model_info: {id: one}
              - model_name: group
                litellm_params: {model: openai/m, api_key: k}
                model_info: {id: two}
              - model_name: elsewhere
                litellm_params: {model: openai/m, api_key: k}
                model_info: {id: three}
            """;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AdaptiveConcurrency concurrency = new AdaptiveConcurrency(() -> 0);

    @Test
    void whatIsHeldIsGivenBackOnceHoweverOftenItEnds() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        Room first = enter(capacity);
        enter(capacity);
        first.settle(5);
        first.settle(5);
        first.release();

        assertThat(concurrency.open()).isEqualTo(1);
    }

    @Test
    void aDeploymentWithEnoughRefusesUnlessItIsForced() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        for (int i = 0; i < 5; i++) {
            enter(capacity);
        }
        concurrency.refused();
        assertThat(capacity.enter("one", false, CapacityTest::admitted))
                .isEqualTo(new Entry.Full(Duration.ofSeconds(1), Duration.ZERO, true));
        assertThat(capacity.enter("one", true, CapacityTest::admitted))
                .isInstanceOf(Entry.In.class);
        assertThat(concurrency.open()).isEqualTo(6);
    }

    @Test
    void nothingLearnedStandsInTheWayWhereItIsOff() throws Exception {
        Capacity capacity = capacity(Learned.OFF, 10);
        enter(capacity);
        concurrency.refused();
        for (int i = 0; i < 10; i++) {
            enter(capacity);
        }
    }

    @Test
    void whatTheConfigDoesNotLetHaveTakesNoPlaceEither() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        Instant resets = Instant.EPOCH.plusSeconds(40);

        assertThat(capacity.enter("one", true, () -> refused(LimitKind.REQUESTS, resets, 40)))
                .isEqualTo(new Entry.Full(Duration.ofSeconds(40), Duration.ofSeconds(40), false));
        assertThat(capacity.enter("one", true, () -> refused(LimitKind.PARALLEL, null, 1)))
                .isEqualTo(new Entry.Full(Duration.ofSeconds(1), Duration.ZERO, false));
        assertThatThrownBy(() ->
                        capacity.enter(
                                "one",
                                false,
                                () -> {
                                    throw new IllegalStateException("a bug");
                                }))
                .hasMessage("a bug");
        assertThat(concurrency.open()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"OFF, 10, true", "SPILL, 10, true", "WAIT, 10, false", "WAIT, 0, true"})
    void nobodyIsRefusedForWhatIsOnlyLearnedUnlessHeMayWait(
            Learned learned, int maxWaiting, boolean exceeds) throws Exception {
        assertThat(capacity(learned, maxWaiting).exceedsLearned()).isEqualTo(exceeds);
    }

    @Test
    void whatTakesLongerThanAnybodyMayWaitIsNotWaitedFor() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        assertThat(capacity.mayWait(Duration.ZERO)).isTrue();
        assertThat(capacity.mayWait(Duration.ofSeconds(5))).isTrue();
        assertThat(capacity.mayWait(Duration.ofSeconds(6))).isFalse();
        assertThat(capacity(Learned.SPILL, 0).mayWait(Duration.ZERO)).isFalse();
    }

    @Test
    void theQueueIsTheGroupsWhicheverDeploymentIsAskedFor() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 0);
        var now = new Asking(Set.of("two"), "a", 1, 1, 1_000);
        assertThat(capacity.await(now, () -> null)).isInstanceOf(Waited.Refused.class);

        assertThat(
                        registry.get("sluice_queue_refused")
                                .tag("model_group", "group")
                                .tag("reason", "full")
                                .counter()
                                .count())
                .isEqualTo(1);
        assertThat(registry.get("sluice_deployment_concurrency_limit").gauges()).hasSize(2);
        assertThat(registry.find("sluice_queue_waiting").tag("model_group", "elsewhere").gauge())
                .as("its deployment cannot be called")
                .isNull();
    }

    @Test
    void theEndOfACallLetsAWaitingOneInWithoutATick() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        Room room = enter(capacity);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Waited> waiting =
                    threads.submit(() ->
                            capacity.await(
                                    new Asking(Set.of("one"), "a", 1, 1, Long.MAX_VALUE),
                                    () -> concurrency.open() == 0 ? null : Duration.ZERO));
            try {
                await().until(capacity::isAnybodyWaiting);
                assertThat(capacity.isAwaited(Set.of("one"))).isTrue();
                assertThat(capacity.isAwaited(Set.of("two"))).isFalse();
                room.settle(5);
                assertThat(waiting.get(3, TimeUnit.SECONDS)).isEqualTo(new Waited.Entered());
            } finally {
                capacity.close();
            }
        }
    }

    @Test
    void forgetsDeploymentsAndGroupsThatNoConfigHasAnyMore() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        GatewayConfig other =
                ConfigReader.parse(
                        "config.yaml",
                        CONFIG.replace("model_name: group", "model_name: other")
                                .replace("id: one", "id: four"));

        capacity.know(other.modelList(), Set.of("two", "four"));

        assertThat(registry.find("sluice_deployment_concurrency_limit").gauges())
                .extracting(gauge -> gauge.getId().getTag("deployment"))
                .containsExactlyInAnyOrder("two", "four");
        for (String meter : List.of("sluice_queue_waiting", "sluice_queue_refused")) {
            assertThat(registry.find(meter).meters())
                    .as(meter)
                    .isNotEmpty()
                    .extracting(each -> each.getId().getTag("model_group"))
                    .containsOnly("other");
        }
        // A call that began before finds no queue, and is told to come again.
        assertThat(capacity.await(new Asking(Set.of("one"), "a", 1, 1, 1_000), () -> null))
                .isEqualTo(new Waited.Refused(Duration.ofSeconds(1)));

        GatewayConfig first = ConfigReader.parse("config.yaml", CONFIG);
        capacity.know(first.modelList(), Set.of("one", "two"));
        assertThat(
                        registry.get("sluice_deployment_concurrency_limit")
                                .tag("deployment", "one")
                                .gauge()
                                .value())
                .isEqualTo(AdaptiveConcurrency.START);
    }

    @Test
    void keepsAQueueInWhichSomebodyWaitsUntilTheNextConfig() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        Room room = enter(capacity);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Waited> waiting =
                    threads.submit(() ->
                            capacity.await(
                                    new Asking(Set.of("one"), "a", 1, 1, Long.MAX_VALUE),
                                    () -> concurrency.open() == 0 ? null : Duration.ZERO));
            try {
                await().until(capacity::isAnybodyWaiting);
                capacity.know(List.of(), Set.of());
                room.settle(5);
                capacity.tick();
                assertThat(waiting.get(3, TimeUnit.SECONDS)).isEqualTo(new Waited.Entered());
            } finally {
                capacity.close();
            }
        }
        assertThat(registry.find("sluice_queue_waiting").gauges()).hasSize(1);
        capacity.know(List.of(), Set.of());
        assertThat(registry.find("sluice_queue_waiting").gauges()).isEmpty();
    }

    @Test
    void afterTheEndNobodyWaits() throws Exception {
        Capacity capacity = capacity(Learned.SPILL, 10);
        capacity.close();
        assertThat(capacity.await(new Asking(Set.of("one"), "a", 1, 1, 1_000), () -> null))
                .isEqualTo(new Waited.Closed());
    }

    private Capacity capacity(Learned learned, int maxWaiting) throws Exception {
        GatewayConfig config = ConfigReader.parse("config.yaml", CONFIG);
        var capacity =
                new Capacity(
                        new QueueSettings(maxWaiting, 1_000, Duration.ofSeconds(5), learned),
                        _ -> concurrency,
                        () -> 0,
                        registry);
        capacity.know(config.modelList(), Set.of("one", "two"));
        return capacity;
    }

    private static Room enter(Capacity capacity) {
        return ((Entry.In) capacity.enter("one", false, CapacityTest::admitted)).room();
    }

    private static Admission admitted() {
        return new Admission.Admitted(Reservation.ofNothing());
    }

    private static Admission refused(LimitKind kind, @Nullable Instant resetsAt, int seconds) {
        return new Admission.Refused(
                new Scope(ScopeKind.DEPLOYMENT, "deployment:one", null, null, null, null),
                kind,
                1,
                0,
                1,
                resetsAt,
                Duration.ofSeconds(seconds));
    }
}
