package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.cache.Flight.Signal;
import dev.sluice.ingress.cache.Flights.Role;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class FlightTest {

    private static final AnswerKey KEY = new AnswerKey(1, 2, 3, 4);

    private final Flights flights = new Flights();

    @Test
    void makesTheFirstCallTheLeaderUntilItHasLanded() {
        Flight flight = leader();

        assertThat(flights.join(KEY)).isInstanceOf(Role.Following.class);
        assertThat(flights.join(new AnswerKey(1, 2, 3, 5))).isInstanceOf(Role.Leader.class);
        flights.landed(KEY, flight);
        assertThat(flights.join(KEY)).isInstanceOf(Role.Leader.class);
    }

    @Test
    void showsEventsFromTheBeginningOnceTheyAreReleased() {
        Flight flight = leader();
        Flight.Follower early = follower();
        add(flight, "a");
        assertThat(early.next(soon())).isInstanceOf(Signal.Late.class);
        flight.release("d");
        add(flight, "b");
        Flight.Follower late = follower();
        flight.ended("end".getBytes(UTF_8), 7);
        flights.landed(KEY, flight);

        for (Flight.Follower follower : List.of(early, late)) {
            assertThat(text(follower)).isEqualTo("a");
            assertThat(text(follower)).isEqualTo("b");
            assertThat(follower.next(soon()))
                    .isInstanceOfSatisfying(
                            Signal.Event.class, event -> assertThat(event.isLast()).isTrue());
            assertThat(follower.costPico()).isEqualTo(7);
            assertThat(follower.deploymentId()).isEqualTo("d");
        }
    }

    @Test
    void givesTheWholeAnswerToWhoeverWaitsForIt() {
        Flight flight = leader();
        Flight.Follower streaming = follower();
        Flight.Follower plain = follower();
        CachedAnswer answer = answer();
        add(flight, "a");
        flight.land(answer);

        assertThat(streaming.next(soon())).isEqualTo(new Signal.Landed(answer));
        assertThat(plain.whole(soon())).isEqualTo(new Signal.Landed(answer));
    }

    @Test
    void tellsWhoWaitsForTheWholeThatItGrowsTooLong() {
        Flight flight = leader();
        Flight.Follower plain = follower();

        for (int i = 0; i < 3; i++) {
            add(flight, "a".repeat(AnswerCache.LARGEST_ANSWER_BYTES / 2));
        }

        assertThat(plain.whole(soon())).isInstanceOf(Signal.Failed.class);
    }

    @Test
    void isNotJoinedOnceItIsSealed() {
        Flight flight = leader();
        Flight.Follower before = follower();

        flights.seal();

        assertThat(flights.join(KEY)).isInstanceOf(Role.Leader.class);
        flight.land(answer());
        assertThat(before.whole(soon())).isInstanceOf(Signal.Landed.class);
    }

    @Test
    void tellsFollowersThatThereWillBeNoAnswer() throws Exception {
        Flight flight = leader();
        Flight.Follower follower = follower();
        var waiting =
                CompletableFuture.supplyAsync(
                        () -> follower.next(System.nanoTime() + TimeUnit.SECONDS.toNanos(20)));

        flights.landed(KEY, flight);

        assertThat(waiting.get(20, TimeUnit.SECONDS)).isInstanceOf(Signal.Failed.class);
        assertThat(follower.whole(soon())).isInstanceOf(Signal.Failed.class);
    }

    @Test
    void leavesBehindWhoReadsTooSlowlyAndNobodyElse() {
        Flight flight = leader();
        flight.release("d");
        Flight.Follower slow = follower();
        Flight.Follower quick = follower();
        byte[] event = new byte[100_000];
        for (int i = 0; i < 20; i++) {
            flight.add(event, 0, event.length, false);
            assertThat(quick.next(soon())).isInstanceOf(Signal.Event.class);
        }

        assertThat(slow.next(soon())).isInstanceOf(Signal.Failed.class);
        assertThat(flight.recorded()).isNull();
        assertThat(flights.join(KEY)).isInstanceOf(Role.Alone.class);
    }

    @Test
    void recordsWhatItShows() {
        Flight flight = leader();
        add(flight, "one");
        flight.ended("two".getBytes(UTF_8), 1);

        assertThat(flight.recorded()).isEqualTo("onetwo".getBytes(UTF_8));
    }

    @Test
    void boundsTheFollowersOfAKeyAndForgetsThoseWhoLeave() {
        Flight flight = leader();
        List<Flight.Follower> followers = new ArrayList<>();
        for (int i = 0; i < Flight.FOLLOWERS_MAX; i++) {
            followers.add(follower());
        }

        assertThat(flights.join(KEY)).isInstanceOf(Role.Alone.class);
        followers.forEach(Flight.Follower::close);
        assertThat(flight.hasFollowers()).isFalse();
        assertThat(flights.join(KEY)).isInstanceOf(Role.Following.class);
    }

    private Flight leader() {
        return ((Role.Leader) flights.join(KEY)).flight();
    }

    private Flight.Follower follower() {
        return ((Role.Following) flights.join(KEY)).follower();
    }

    private static void add(Flight flight, String event) {
        byte[] bytes = ("__" + event).getBytes(UTF_8);
        flight.add(bytes, 2, bytes.length - 2, false);
    }

    private static String text(Flight.Follower follower) {
        return new String(((Signal.Event) follower.next(soon())).bytes(), UTF_8);
    }

    private static long soon() {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5);
    }

    private static CachedAnswer answer() {
        return new CachedAnswer(
                CachedAnswer.Form.PLAIN,
                new byte[1],
                "",
                "m",
                "d",
                1,
                1,
                1,
                1,
                new CachedAnswer.Labels("g", "", List.of()));
    }
}
