package dev.sluice.router;

import static dev.sluice.router.DeltaBuilder.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.DeploymentState;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

class AttemptTopologyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final TopologyTestDriver driver =
            new TopologyTestDriver(
                    AttemptTopology.build(new RouterMetrics(metrics)),
                    RouterWorker.properties(
                            new RouterWorkerSettings(
                                    KafkaSettings.of("localhost:1"), Path.of("unused"))),
                    NOON);
    private final TestInputTopic<String, byte[]> attempts =
            driver.createInputTopic(
                    Topics.ATTEMPTS.name(), new StringSerializer(), new ByteArraySerializer());
    private final TestOutputTopic<String, byte[]> states =
            driver.createOutputTopic(
                    Topics.DEPLOYMENTS.name(),
                    new StringDeserializer(),
                    new ByteArrayDeserializer());

    private Instant now = NOON;
    private long seq;

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void answersTheFirstDeltaAtOnce() throws Exception {
        pipe("d1", delta(now).took(1_000).open(2));

        DeploymentState state = onlyState("d1");

        assertThat(state.deploymentId()).isEqualTo("d1");
        assertThat(state.asOf()).isEqualTo(now);
        assertThat(state.inFlight()).isEqualTo(2);
        assertThat(state.total().samples()).isEqualTo(1);
    }

    @Test
    void publishesAtMostFourStatesASecondAndAlwaysTheLast() throws Exception {
        for (int i = 0; i < 100; i++) {
            pipe("d1", delta(now).took(1_000).open(i));
            advance(Duration.ofMillis(10));
        }
        advance(Duration.ofMillis(300));

        List<KeyValue<String, byte[]>> published = states.readKeyValuesToList();

        assertThat(published).hasSizeBetween(4, 6);
        assertThat(Topics.DEPLOYMENTS.codec().decode(published.getLast().value).inFlight())
                .isEqualTo(99);
    }

    @Test
    void keepsDeploymentsApart() throws Exception {
        pipe("d1", delta(now).open(1));
        pipe("d2", delta(now).open(2));

        List<KeyValue<String, byte[]>> published = states.readKeyValuesToList();

        assertThat(published).extracting(state -> state.key).containsExactly("d1", "d2");
    }

    @Test
    void staysSilentWithoutNews() {
        pipe("d1", delta(now).took(1_000));
        states.readKeyValuesToList();

        advance(Duration.ofMinutes(5));

        assertThat(states.isEmpty()).isTrue();
    }

    @Test
    void tellsThatAnIngressFellSilent() throws Exception {
        pipe("d1", delta(now).took(1_000).open(3));
        states.readKeyValuesToList();

        advance(Duration.ofSeconds(7));

        assertThat(onlyState("d1").inFlight()).isZero();
    }

    @Test
    void tellsThatFailuresAreForgiven() throws Exception {
        pipe("d1", delta(now).ended(0, 9));
        states.readKeyValuesToList();

        advance(Duration.ofMinutes(2));

        List<KeyValue<String, byte[]>> published = states.readKeyValuesToList();
        assertThat(published).hasSizeBetween(5, 30);
        DeploymentState last = Topics.DEPLOYMENTS.codec().decode(published.getLast().value);
        assertThat(last.errorRate()).isLessThan(0.1);
        assertThat(last.asOf()).isEqualTo(NOON);
    }

    @Test
    void buriesADeploymentThatWasQuietForTenMinutes() {
        pipe("d1", delta(now).took(1_000));
        states.readKeyValuesToList();

        advance(Duration.ofMinutes(11));

        assertThat(states.readKeyValuesToList()).containsExactly(new KeyValue<>("d1", null));
    }

    /** A fresh ingress reads what was said in the last two minutes. */
    @Test
    void repeatsARestEachMinuteUntilItIsOver() throws Exception {
        pipe("d1", delta(now).took(1_000).restsUntil(now.plusSeconds(270)));
        states.readKeyValuesToList();

        for (int minute = 1; minute <= 4; minute++) {
            advance(Duration.ofMinutes(1));
            assertThat(onlyState("d1").cooldownUntil()).isEqualTo(NOON.plusSeconds(270));
        }
        advance(Duration.ofMinutes(5));
        assertThat(states.isEmpty()).isTrue();
    }

    @Test
    void buriesNoDeploymentThatRests() throws Exception {
        pipe("d1", delta(now).took(1_000).restsUntil(now.plus(Duration.ofMinutes(14))));

        advance(Duration.ofMinutes(13));
        assertThat(states.readKeyValuesToList()).hasSize(14).noneMatch(each -> each.value == null);

        advance(Duration.ofMinutes(2));
        assertThat(states.readKeyValuesToList()).last().isEqualTo(new KeyValue<>("d1", null));
    }

    @Test
    void skipsWhatItCannotReadAndGoesOn() {
        attempts.pipeInput("d1", "{".getBytes(StandardCharsets.UTF_8), now);
        attempts.pipeInput("d1", "{\"v\":2}".getBytes(StandardCharsets.UTF_8), now);
        attempts.pipeInput("d1", "{\"v\":1}".getBytes(StandardCharsets.UTF_8), now);
        pipe("d1", delta(now).took(1_000));

        assertThat(states.readKeyValuesToList()).hasSize(1);
        assertThat(count("unreadable")).isEqualTo(3);
        assertThat(count("folded")).isEqualTo(1);
    }

    @Test
    void skipsABacklogUnread() {
        attempts.pipeInput("d1", new byte[0], now.minusSeconds(121));

        assertThat(states.isEmpty()).isTrue();
        assertThat(count("old")).isEqualTo(1);
        assertThat(count("unreadable")).isZero();
    }

    @Test
    void countsWhatIsDeliveredTwice() {
        byte[] delta = Topics.ATTEMPTS.codec().encode(delta(now).took(1_000).build());

        attempts.pipeInput("d1", delta, now);
        attempts.pipeInput("d1", delta, now);

        assertThat(count("folded")).isEqualTo(1);
        assertThat(count("repeated")).isEqualTo(1);
    }

    private void pipe(String deployment, DeltaBuilder delta) {
        byte[] value =
                Topics.ATTEMPTS.codec().encode(delta.of(deployment).from("i1", ++seq).build());
        attempts.pipeInput(deployment, value, now);
    }

    private void advance(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 100) {
            Duration step = Duration.ofMillis(Math.min(100, left));
            driver.advanceWallClockTime(step);
            now = now.plus(step);
        }
    }

    private DeploymentState onlyState(String deployment) throws Exception {
        List<KeyValue<String, byte[]>> published = states.readKeyValuesToList();
        assertThat(published).extracting(state -> state.key).containsExactly(deployment);
        return Topics.DEPLOYMENTS.codec().decode(published.getFirst().value);
    }

    private double count(String outcome) {
        return metrics.get("sluice_router_deltas").tag("outcome", outcome).counter().count();
    }
}
