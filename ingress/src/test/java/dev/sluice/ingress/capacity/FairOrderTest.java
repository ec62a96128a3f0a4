package dev.sluice.ingress.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Who is served next, without threads and clocks. */
class FairOrderTest {

    /** Deadlines just before and after the clock turns negative. */
    private final long now = new AtomicLong(Long.MAX_VALUE - 500).get();

    private final FairOrder order = new FairOrder();
    private long number;

    @Test
    void aThousandCallsOfOneTenantDelayAnothersSingleCallByOneServiceAtMost() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000; i++) {
            add("crowd", 1 + random.nextInt(5_000), 1_000);
        }
        for (int round = 0; round < 200; round++) {
            int before = random.nextInt(4);
            for (int i = 0; i < before; i++) {
                serve();
            }
            // Late in coming, dear, and with all the time in the world.
            String single = "single" + round;
            add(single, 100_000, 100_000_000);
            List<String> served = List.of(serve().tenant(), serve().tenant());
            assertThat(served).as("round %d", round).contains(single);
        }
    }

    @Test
    void withinATenantTheEarliestDeadlineComesFirstAndThenTheEarliestCall() {
        Place late = add("a", 1, 900);
        Place first = add("a", 1, 100);
        Place second = add("a", 1, 100);
        Place afterTheClockTurned = add("a", 1, 600);

        assertThat(List.of(serve(), serve(), serve(), serve()))
                .containsExactly(first, second, afterTheClockTurned, late);
        assertThat(order.size()).isZero();
    }

    @Test
    void tenantsGetEqualSharesOfTokensNotOfCalls() {
        SplittableRandom random = new SplittableRandom(2);
        Map<String, Double> tokens = new HashMap<>();
        Map<String, Integer> sizes = Map.of("small", 100, "middle", 1_000, "large", 10_000);
        for (int i = 0; i < 20; i++) {
            sizes.forEach((tenant, size) -> add(tenant, size, 100));
        }
        for (int i = 0; i < 20_000; i++) {
            Place served = serve();
            tokens.merge(served.tenant(), served.cost(), Double::sum);
            int size = Objects.requireNonNull(sizes.get(served.tenant()));
            add(served.tenant(), size / 2 + random.nextInt(size), 100);
        }
        double least = tokens.values().stream().min(Double::compare).orElseThrow();
        double most = tokens.values().stream().max(Double::compare).orElseThrow();
        assertThat(most - least).isLessThan(4 * 15_000);
    }

    @Test
    void whoAlwaysHasOneCallWaitingGetsNoMoreThanWhoHasMany() {
        for (int i = 0; i < 100; i++) {
            add("many", 10, 100);
        }
        add("one", 10, 100);
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String tenant = serve().tenant();
            served.add(tenant);
            if (tenant.equals("one")) {
                add("one", 10, 1);
            }
        }
        assertThat(served.stream().filter("one"::equals).count()).isBetween(29L, 31L);
    }

    @Test
    void whoDidNotWaitForLongHasNotSavedAnythingUp() {
        add("idle", 10, 100);
        add("busy", 10, 100);
        serve();
        serve();
        for (int i = 0; i < 50; i++) {
            add("busy", 10, 100);
        }
        for (int i = 0; i < 40; i++) {
            serve();
        }
        for (int i = 0; i < 10; i++) {
            add("idle", 10, 100);
        }
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            served.add(serve().tenant());
        }
        assertThat(served.stream().filter("idle"::equals).count()).isBetween(5L, 6L);
    }

    @Test
    void passesOverWhoIsNotWanted() {
        add("a", 1, 100);
        Place other =
                new Place(asking("b", 1, "elsewhere"), ++number, now + 900, Thread.currentThread());
        order.add(other);

        assertThat(order.next(place -> place.deployments().contains("elsewhere"))).isEqualTo(other);
        assertThat(order.next(place -> place.deployments().contains("nowhere"))).isNull();
    }

    @Test
    void whoLeavesIsForgotten() {
        Place place = add("a", 1, 100);
        assertThat(order.remove(place)).isTrue();
        assertThat(order.remove(place)).isFalse();
        order.served(place);
        assertThat(order.size()).isZero();
        assertThat(order.next(_ -> true)).isNull();
    }

    @Test
    void tellsHowManyWillBeServedBefore() {
        for (int i = 0; i < 10; i++) {
            add("a", 1, 100);
        }
        assertThat(order.ahead("a")).isEqualTo(10);
        assertThat(order.ahead("b")).isEqualTo(1);
        add("b", 1, 100);
        assertThat(order.ahead("b")).isEqualTo(3);
        assertThat(order.ahead("a")).isEqualTo(11);
    }

    private Place add(String tenant, double cost, long afterNow) {
        var place =
                new Place(
                        asking(tenant, cost, "d"),
                        ++number,
                        now + afterNow,
                        Thread.currentThread());
        order.add(place);
        return place;
    }

    private Asking asking(String tenant, double cost, String deployment) {
        return new Asking(Set.of(deployment), tenant, cost, 1, now);
    }

    private Place serve() {
        Place next = Objects.requireNonNull(order.next(_ -> true));
        order.served(next);
        return next;
    }
}
