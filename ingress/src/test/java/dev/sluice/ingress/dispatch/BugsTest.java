package dev.sluice.ingress.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.FailureKind;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Status;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whatever throws where it should not: each attempt ends in the books, and one is the last. */
class BugsTest {

    private static final String MODELS =
            """
            model_list:
              - model_name: pair
                litellm_params: {model: openai/m, api_base: "http://first.test/v1", api_key: k, order: 1}
                model_info: {id: first}
              - model_name: pair
                litellm_params: {model: openai/m, api_base: "http://second.test/v1", api_key: k, order: 2}
                model_info: {id: second}
              - model_name: lonely
                litellm_params: {model: openai/m, api_base: "http://lonely.test/v1", api_key: k}
                model_info: {id: lonely}
            router_settings: {num_retries: 1, retry_after: 0, timeout: 30, fallbacks: [{lonely: [pair]}]}
            sluice: {hedging: {enabled: true, max_share: 1, min_delay: 0.1}}
            """;

    @TempDir private Path folder;

    private final CountDownLatch released = new CountDownLatch(1);
    private DispatchUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new DispatchUnderTest(folder, MODELS);
        gateway.let("first", DispatchUnderTest::stream);
        gateway.let("second", DispatchUnderTest::stream);
        gateway.let("lonely", BugsTest::broken);
    }

    @AfterEach
    void stop() throws Exception {
        released.countDown();
        gateway.close();
    }

    private static Exchange broken() {
        return new Exchange.Failed(FailureKind.BROKEN, "it is broken");
    }

    private static Exchange bug() {
        throw new IllegalStateException("a bug");
    }

    /** As a wire does: an interrupt ends it. */
    private Exchange silence() {
        try {
            released.await(20, TimeUnit.SECONDS);
            return broken();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Exchange.Failed(FailureKind.CANCELLED, "it was interrupted");
        }
    }

    /** How long the first one usually takes has to be known before anybody is asked twice. */
    private void learn() {
        for (int i = 0; i < 3; i++) {
            end(gateway.stream("pair").dispatch());
        }
    }

    private static void end(Dispatch answer) {
        assertThat(answer).isInstanceOf(Dispatch.Stream.class);
        var attempt = ((Dispatch.Stream) answer).attempt();
        attempt.contentArrived();
        attempt.estimated(1, null, Status.SUCCESS, null);
    }

    private static List<SpendEvent> booked(DispatchUnderTest.Call call, int attempts) {
        return await().atMost(10, TimeUnit.SECONDS)
                .until(
                        call::booked,
                        events ->
                                events.size() == attempts
                                        && events.stream()
                                                .noneMatch(event ->
                                                        "gateway_stopped"
                                                                .equals(event.errorClass())));
    }

    @Test
    void whatIsThrownInAnAttemptEndsItAndTheCall() {
        gateway.let("first", BugsTest::bug);
        DispatchUnderTest.Call call = gateway.call("pair");

        assertThatThrownBy(call::dispatch).isInstanceOf(IllegalStateException.class);

        assertThat(booked(call, 1))
                .extracting(SpendEvent::isFinal, SpendEvent::errorClass)
                .containsExactly(tuple(true, "internal_error"));
    }

    @Test
    void anErrorIsNoOtherThanAnException() {
        gateway.let(
                "first",
                () -> {
                    throw new StackOverflowError();
                });
        DispatchUnderTest.Call call = gateway.call("pair");

        assertThatThrownBy(call::dispatch).isInstanceOf(StackOverflowError.class);

        assertThat(booked(call, 1))
                .extracting(SpendEvent::isFinal, SpendEvent::errorClass)
                .containsExactly(tuple(true, "internal_error"));
    }

    @Test
    void whatIsThrownInTheLookForAStandInEndsTheAttemptThatFailed() {
        DispatchUnderTest.Call call = gateway.call("lonely");

        assertThatThrownBy(() ->
                        call.dispatch(name -> {
                            throw new IllegalStateException(name);
                        }))
                .isInstanceOf(IllegalStateException.class);

        List<SpendEvent> events = call(call);
        assertThat(events).filteredOn(SpendEvent::isFinal).hasSize(1);
        assertThat(events.getLast().isFinal()).isTrue();
        assertThat(events).extracting(SpendEvent::errorClass).contains("internal_error");
    }

    private static List<SpendEvent> call(DispatchUnderTest.Call call) {
        return await().atMost(10, TimeUnit.SECONDS)
                .until(call::booked, events -> events.stream().anyMatch(SpendEvent::isFinal));
    }

    @Test
    void aSecondAttemptThatDiesLeavesTheFirstToAnswer() {
        learn();
        gateway.let(
                "first",
                () -> {
                    silence();
                    return DispatchUnderTest.stream();
                });
        gateway.let(
                "second",
                () -> {
                    released.countDown();
                    return bug();
                });
        DispatchUnderTest.Call call = gateway.stream("pair");

        end(call.dispatch());

        assertThat(booked(call, 2))
                .extracting(SpendEvent::attempt, SpendEvent::isFinal, SpendEvent::errorClass)
                .containsExactly(tuple(1, true, null), tuple(2, false, "internal_error"));
    }

    @Test
    void twoAttemptsThatDieEndTheCallOnce() {
        learn();
        gateway.let(
                "first",
                () -> {
                    silence();
                    return bug();
                });
        gateway.let(
                "second",
                () -> {
                    released.countDown();
                    return bug();
                });
        DispatchUnderTest.Call call = gateway.stream("pair");

        assertThatThrownBy(call::dispatch).isInstanceOf(IllegalStateException.class);

        List<SpendEvent> events = booked(call, 2);
        assertThat(events).extracting(SpendEvent::errorClass).containsOnly("internal_error");
        assertThat(events).filteredOn(SpendEvent::isFinal).hasSize(1);
    }

    /** The caller does not wait until the loser has taken note, nor until it is counted. */
    @Test
    void theWinnerIsPassedOnBeforeTheLoserIsBooked() throws Exception {
        learn();
        var deaf = new CountDownLatch(1);
        gateway.let(
                "first",
                () -> {
                    silence();
                    boolean interrupted = Thread.interrupted();
                    awaitUninterruptibly(deaf);
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    return broken();
                });
        DispatchUnderTest.Call call = gateway.stream("pair");

        Dispatch answer = call.dispatch();

        assertThat(call.booked())
                .extracting(SpendEvent::errorClass)
                .containsExactly("gateway_stopped", "gateway_stopped");
        end(answer);
        deaf.countDown();
        assertThat(booked(call, 2))
                .extracting(SpendEvent::attempt, SpendEvent::isFinal, SpendEvent::errorClass)
                .containsExactly(tuple(1, false, "outrun"), tuple(2, true, null));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
