package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Keys that were made while everything was there.
 *
 * @param toBlock will be blocked while a server is away
 * @param sixAMinute unused, with 6 requests a minute
 * @param spent whose budget the books show to be used up
 * @param poor unused, with a budget smaller than any call
 */
record OutageKeys(
        String known,
        String expired,
        String blocked,
        String toBlock,
        String sixAMinute,
        String spent,
        String poor) {

    private static final String POOR = "{\"max_budget\": 0.000001, \"budget_duration\": \"30d\"}";

    /** Makes them; returns when the first ingress answers to each as it should. */
    static OutageKeys make(Fleet fleet) {
        var keys =
                new OutageKeys(
                        fleet.newKey("{}"),
                        fleet.newKey("{\"duration\": \"1s\"}"),
                        fleet.newKey("{}"),
                        fleet.newKey("{}"),
                        fleet.newKey("{\"rpm_limit\": 6}"),
                        fleet.newKey(POOR),
                        fleet.newKey(POOR));
        fleet.manage("/key/block", "{\"key\": \"%s\"}".formatted(keys.blocked()));
        assertThat(fleet.chat(0, keys.known(), "before").statusCode()).isEqualTo(200);
        assertThat(fleet.chat(0, keys.toBlock(), "before").statusCode()).isEqualTo(200);
        assertThat(fleet.chat(0, keys.blocked(), "before").statusCode()).isEqualTo(401);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> fleet.chat(0, keys.spent(), "before").statusCode() == 400);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> spentInTheBooks(fleet, keys.spent()) > 0);
        Instant expired = Instant.now().plusSeconds(2);
        await().atMost(Duration.ofSeconds(5)).until(() -> Instant.now().isAfter(expired));
        return keys;
    }

    /** All of them. */
    List<String> all() {
        return List.of(known, expired, blocked, toBlock, sixAMinute, spent, poor);
    }

    private static double spentInTheBooks(Fleet fleet, String key) {
        return Fleet.json(fleet.fetch(0, key, "/key/info")).at("/info/spend").asDouble();
    }
}
