package dev.sluice.router.budgets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.events.BudgetState;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;

final class ChargeTest {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00.123456Z");

    @Test
    void goesToEveryAccountThatTheEventNames() {
        var event =
                EventBuilder.event(NOON)
                        .key("k")
                        .team("t")
                        .user("u")
                        .organization("o")
                        .endUser("e")
                        .costs(3)
                        .build();

        assertThat(FanOut.of(event))
                .containsOnlyKeys(
                        "key:k",
                        "team:t",
                        "user:u",
                        BudgetState.member("t", "u"),
                        "organization:o",
                        "customer:e",
                        "proxy")
                .allSatisfy((_, charge) -> assertThat(charge.costPico()).isEqualTo(3));
    }

    @Test
    void namesTheModelToTheKeyAlone() {
        var charges = FanOut.of(EventBuilder.event(NOON).user("").model("m").build());

        assertThat(charges).containsOnlyKeys("key:k1", "proxy");
        assertThat(charges.get("key:k1")).extracting(Charge::modelGroup).isEqualTo("m");
        assertThat(charges.get("proxy")).extracting(Charge::modelGroup).isNull();
    }

    @Test
    void survivesTheWire() throws Exception {
        var charge = new Charge(-5, NOON, NOON.plusNanos(1), "j\ud83d\ude42", "m".repeat(100_000));

        assertThat(Charge.unpacked(charge.packed())).isEqualTo(charge);
        assertThat(Charge.unpacked(charge.ofAnyModel().packed())).isEqualTo(charge.ofAnyModel());
    }

    @Test
    void isUnreadableWhereverItIsCut() {
        byte[] packed = new Charge(5, NOON, NOON, "j1", "m").packed();

        for (int length = 0; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> Charge.unpacked(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(UnreadableRecordException.class);
        }
    }

    @Test
    void stopsBeforeANewerVersion() {
        byte[] packed = new Charge(5, NOON, NOON, "j1", "m").packed();
        packed[0]++;

        assertThatThrownBy(() -> Charge.unpacked(packed)).isInstanceOf(NewerRecordException.class);
        byte[] ledger =
                new Ledger(
                                Tally.opened(BudgetTerms.NONE, java.time.ZoneOffset.UTC, NOON),
                                NOON,
                                false,
                                false)
                        .packed();
        ledger[0]++;
        assertThatThrownBy(() -> Ledger.unpacked(ledger)).isInstanceOf(NewerRecordException.class);
    }
}
