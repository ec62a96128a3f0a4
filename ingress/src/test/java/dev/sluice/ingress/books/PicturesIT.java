package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;

/** Pictures: what the caller sees, and what they are billed by. */
class PicturesIT extends MediaEndpoints {

    @Test
    void picturesAreBilledByTheirTokens() throws Exception {
        provider.on(
                "/v1/images/generations",
                200,
                """
                {"created":1,"data":[{"b64_json":"AAAA"},{"b64_json":"BBBB"}],
                 "usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":40,"image_tokens":10},
                          "output_tokens":1000,"total_tokens":1050}}\
                """);

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"pictures\",\"prompt\":\"a cat\",\"n\":2}");

        assertThat(answer.statusCode()).isEqualTo(200);
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(new Usage(40, 0, 0, 0, 1000, 0, 0, 0, 10));
        assertThat(event.units()).isEqualTo(Units.ofImages(2, 1000));
        // 40 x 5 + 10 x 10 + 1000 x 40 millionths of a dollar.
        assertThat(event.costPico()).isEqualTo(40_300_000_000L);
        assertThat(cost(answer)).isEqualTo("0.0403");
    }

    @Test
    void aStreamOfPicturesPassesAndItsLastEventIsBilled() throws Exception {
        String events =
                """
                event: image_generation.partial_image
                data: {"type":"image_generation.partial_image","b64_json":"%s"}

                event: image_generation.completed
                data: {"type":"image_generation.completed","b64_json":"%s","usage":{"input_tokens":10,"output_tokens":200,"total_tokens":210}}

                """
                        .formatted("A".repeat(100_000), "B".repeat(100_000));
        provider.on("/v1/images/generations", 200, "text/event-stream", events.getBytes(UTF_8));

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"pictures\",\"prompt\":\"x\",\"stream\":true}");

        assertThat(answer.body()).isEqualTo(events);
        assertThat(new String(provider.last("/v1/images/generations").body(), UTF_8))
                .doesNotContain("stream_options");
        SpendEvent event = booked(answer);
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.costPico()).isEqualTo(50_000_000L + 8_000_000_000L);
    }

    @Test
    void picturesWithoutTokensAreBilledByTheirNumber() throws Exception {
        provider.on(
                "/dall/v1/images/generations", 200, "{\"data\":[{\"url\":\"u\"},{\"url\":\"v\"}]}");

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"dall-e\",\"prompt\":\"x\",\"n\":2}");

        assertThat(booked(answer).costPico()).isEqualTo(80_000_000_000L);
        assertThat(booked(answer).kind()).isEqualTo(Kind.SETTLED);
    }
}
