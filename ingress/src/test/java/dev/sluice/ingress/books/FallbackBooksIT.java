package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** What is booked when another model group stands in: one request, attempts numbered through. */
class FallbackBooksIT {

    private static final String MODELS =
            """
              - model_name: first
                litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/d/first/v1, api_key: k}
                model_info: {id: first}
              - model_name: second
                litellm_params: {model: openai/gpt-4o-mini, api_base: SIMULATOR/d/second/v1, api_key: k}
                model_info: {id: second}
            router_settings: {num_retries: 1, retry_after: 0, fallbacks: [{first: [second]}]}
            """;

    @TempDir private Path folder;

    private List<SpendEvent> booked(String fault) throws Exception {
        Path data = Files.createDirectory(folder.resolve("data"));
        try (var gateway = GatewayUnderTest.withTwoDeployments(data, MODELS)) {
            gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
            gateway.scenario(fault);
            HttpResponse<String> answer =
                    gateway.post(
                            "/v1/chat/completions",
                            "{\"model\":\"first\",\"metadata\":{\"tags\":[\"report\"]},\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                            "x-litellm-tags",
                            "weekly, report");
            UUID id =
                    UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
            return JournalReading.of(data.resolve("journal"), folder, id);
        }
    }

    @Test
    void theStandInsAttemptsFollowAndOnlyTheLastIsFinal() throws Exception {
        List<SpendEvent> events =
                booked("{\"match\": {\"deployment\": \"first\"}, \"fault\": {\"status\": 500}}");

        assertThat(events).extracting(SpendEvent::attempt).containsExactly(1, 2, 3);
        assertThat(events)
                .extracting(event -> event.target().modelGroup())
                .containsExactly("first", "first", "second");
        assertThat(events).extracting(SpendEvent::isFinal).containsExactly(false, false, true);
        assertThat(events)
                .extracting(SpendEvent::status)
                .containsExactly(
                        SpendEvent.Status.FAILURE,
                        SpendEvent.Status.FAILURE,
                        SpendEvent.Status.SUCCESS);
        assertThat(events.getLast().costPico()).isPositive();
        assertThat(events)
                .allSatisfy(event ->
                        assertThat(event.owner().tags()).containsExactly("report", "weekly"));
    }

    @Test
    void whenNobodyAnswersTheLastFailureIsFinal() throws Exception {
        List<SpendEvent> events = booked("{\"match\": {}, \"fault\": {\"status\": 500}}");

        assertThat(events).extracting(SpendEvent::attempt).containsExactly(1, 2, 3, 4);
        assertThat(events)
                .extracting(SpendEvent::isFinal)
                .containsExactly(false, false, false, true);
        assertThat(events)
                .extracting(event -> event.target().modelGroup())
                .containsExactly("first", "first", "second", "second");
    }
}
