package dev.sluice.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.LocalDateTime;
import java.util.List;

/** Every lie of the books is seen. */
class AuditTest {

    private static final LocalDateTime START = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
    private static final Billed SERVED = billed("resp-1", 200, 70, null);
    private static final Booked SETTLED = booked(1, "settled", "resp-1", 70, null);
    private static final Answered ANSWER =
            new Answered(CallKind.PLAIN, "q", "r-1", 200, true, 5, 6);

    @Test
    void findsNothingWrongWhereAllIsRight() {
        assertThat(wrong(List.of(SERVED), List.of(SETTLED), List.of(ANSWER))).isEmpty();
    }

    @Test
    void findsAnAttemptThatIsNotInTheBooks() {
        assertThat(wrong(List.of(SERVED), List.of(), List.of()))
                .containsExactly("attempts that are not in the books");
    }

    @Test
    void findsASettledRowOfWhichTheProviderKnowsNothing() {
        assertThat(wrong(List.of(), List.of(SETTLED), List.of()))
                .containsExactly("rows of attempts that the provider never received");
    }

    @Test
    void findsAnAttemptThatIsBookedTwice() {
        Booked again = booked(1, "estimated", null, 1, "gateway_stopped");

        assertThat(wrong(List.of(SERVED), List.of(SETTLED, again), List.of()))
                .contains("attempts that are in the books twice");
    }

    @Test
    void findsOnePicodollarTooMuch() {
        assertThat(
                        wrong(
                                List.of(SERVED),
                                List.of(booked(1, "settled", "resp-1", 71, null)),
                                List.of()))
                .containsExactly("settled, with other usage or money than the provider's");
    }

    @Test
    void findsWhatIsVoidedAlthoughItWasBilled() {
        assertThat(
                        wrong(
                                List.of(SERVED),
                                List.of(booked(1, "voided", null, 0, "broken")),
                                List.of()))
                .containsExactly("voided, although the provider billed them");
    }

    @Test
    void findsAnAnsweredCallThatTheBooksDoNotHave() {
        assertThat(wrong(List.of(), List.of(), List.of(ANSWER)))
                .containsExactly(
                        "calls answered with 200 that the books do not have as a success",
                        "calls that began to be answered and are not in the books");
    }

    @Test
    void acceptsAMarkedEstimateOfWhatNeverLeft() {
        Booked presumed = booked(1, "estimated", null, 3, "gateway_stopped");

        assertThat(wrong(List.of(), List.of(presumed), List.of())).isEmpty();
        assertThat(
                        wrong(
                                List.of(),
                                List.of(booked(1, "estimated", null, 3, "client_gone")),
                                List.of()))
                .hasSize(1);
    }

    @Test
    void missesARequestThatTheProviderHungUpOn() {
        Billed hungUp = billed("resp-0", 0, 0, "cut");

        assertThat(wrong(List.of(hungUp, SERVED), List.of(SETTLED), List.of()))
                .containsExactly("attempts that are not in the books");
        assertThat(wrong(List.of(hungUp), List.of(), List.of()))
                .containsExactly("attempts that are not in the books");
    }

    private static List<String> wrong(
            List<Billed> billed, List<Booked> booked, List<Answered> answered) {
        return Audit.of(billed, booked, answered).stream()
                .filter(Finding::wrong)
                .map(Finding::what)
                .toList();
    }

    private static Billed billed(
            String responseId, int status, long costPico, @Nullable String fault) {
        return new Billed(responseId, "q", "d", status, 5, 0, 6, costPico, fault);
    }

    private static Booked booked(
            int attempt,
            String kind,
            @Nullable String responseId,
            long costPico,
            @Nullable String errorClass) {
        return new Booked(
                "r-1",
                attempt,
                true,
                kind,
                START,
                false,
                "q",
                "d",
                responseId,
                errorClass == null ? "success" : "failure",
                errorClass,
                5,
                0,
                6,
                costPico);
    }
}
