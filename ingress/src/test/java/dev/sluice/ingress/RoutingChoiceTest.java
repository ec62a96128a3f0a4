package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.FleetStates;
import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.routing.Adaptive;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.CostBased;
import dev.sluice.ingress.routing.LatencyBased;
import dev.sluice.ingress.routing.LeastBusy;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.routing.SimpleShuffle;
import dev.sluice.ingress.routing.UsageBased;
import dev.sluice.schemas.config.ConfigReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

class RoutingChoiceTest {

    @TempDir private Path folder;

    @Test
    void takesEachStrategyByItsName() throws Exception {
        assertThat(named("simple-shuffle")).isInstanceOf(SimpleShuffle.class);
        assertThat(named("latency-based-routing")).isInstanceOf(LatencyBased.class);
        assertThat(named("least-busy")).isInstanceOf(LeastBusy.class);
        assertThat(named("cost-based-routing")).isInstanceOf(CostBased.class);
        assertThat(named("usage-based-routing")).isInstanceOf(UsageBased.class);
        assertThat(named("usage-based-routing-v2")).isInstanceOf(UsageBased.class);
        assertThat(named("adaptive")).isInstanceOf(Adaptive.class);
    }

    @Test
    void isAdaptiveWhereTheFileSaysNothing() throws Exception {
        assertThat(of("", "")).isInstanceOf(Adaptive.class);
    }

    @Test
    void weighsThePriceAsTheFileSays() throws Exception {
        var dear = new Candidate("dear", Double.NaN, -1, -1, 2, 2);
        var cheap = new Candidate("cheap", Double.NaN, -1, -1, 1, 1);
        String adaptive = "router_settings: {routing_strategy: adaptive%s}\n";

        assertThat(first(adaptive.formatted(""), dear, cheap)).isEqualTo("dear");
        assertThat(
                        first(
                                adaptive.formatted(", routing_strategy_args: {price_weight: 1}"),
                                dear,
                                cheap))
                .isEqualTo("cheap");
    }

    /** The one that comes first of these, the first of which is a little faster. */
    private String first(String router, Candidate dear, Candidate cheap) throws Exception {
        var clock = new AtomicLong();
        var recorder =
                new AttemptRecorder(
                        List.of("dear", "cheap"), clock::get, InstantSource.fixed(Instant.EPOCH));
        var traits = new RequestTraits(true, 1_000, 0, 0);
        for (int i = 0; i < 100; i++) {
            Flight atDear = recorder.started("dear", traits);
            Flight atCheap = recorder.started("cheap", traits);
            clock.addAndGet(300_000_000L);
            atDear.contentArrived();
            clock.addAndGet(30_000_000L);
            atCheap.contentArrived();
        }
        return of("", router)
                .order(
                        List.of(dear, cheap),
                        new FleetStates(recorder, InstantSource.fixed(Instant.EPOCH)),
                        traits,
                        new SplittableRandom(1))
                .getFirst()
                .deploymentId();
    }

    @ParameterizedTest
    @ValueSource(strings = {", weight: 2", ", rpm: 60", ", tpm: 1000"})
    void holdsToTheSharesThatTheFileGives(String share) throws Exception {
        assertThat(of(share, "")).isInstanceOf(SimpleShuffle.class);
    }

    private RoutingStrategy named(String name) throws Exception {
        return of("", "router_settings: {routing_strategy: %s}\n".formatted(name));
    }

    private RoutingStrategy of(String share, String router) throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("config.yaml"),
                        """
                        model_list:
                          - model_name: m
                            litellm_params: {model: openai/a, api_key: k}
                          - model_name: m
                            litellm_params: {model: openai/b, api_key: k%s}
                        """
                                        .formatted(share)
                                + router);
        return RoutingChoice.of(ConfigReader.read(file, UnaryOperator.identity()));
    }
}
