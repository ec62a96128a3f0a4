package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Speech and transcripts: what passes, what is measured, what is booked. */
class SoundsIT extends MediaEndpoints {

    @Test
    void speechPassesWhileItIsSpoken() throws Exception {
        byte[] sound = new byte[2_000_000];
        new Random(1).nextBytes(sound);
        var halfRead = new CountDownLatch(1);
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 0);
                    OutputStream out = exchange.getResponseBody();
                    out.write(sound, 0, 1_000_000);
                    out.flush();
                    waitFor(halfRead);
                    out.write(sound, 1_000_000, 1_000_000);
                    out.close();
                });

        HttpResponse<InputStream> answer = speech("héllo 🙂");
        var heard = new ByteArrayOutputStream();
        try (InputStream in = answer.body()) {
            heard.writeBytes(in.readNBytes(1_000_000));
            halfRead.countDown();
            in.transferTo(heard);
        }

        assertThat(answer.headers().firstValue("content-type")).contains("audio/mpeg");
        assertThat(heard.toByteArray()).isEqualTo(sound);
        SpendEvent event = booked(answer);
        assertThat(event.units().inputCharacters()).isEqualTo(7);
        assertThat(event.kind()).isEqualTo(Kind.ESTIMATED);
        assertThat(event.status()).isEqualTo(Status.SUCCESS);
        assertThat(event.costPico()).isEqualTo(7 * 15_000_000L);
        assertThat(event.ttftMicros()).isPositive();
    }

    @Test
    void speechThatBreaksOffBreaksOffForTheCallerToo() throws Exception {
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 1_000_000);
                    exchange.getResponseBody().write(new byte[1000]);
                    exchange.getResponseBody().flush();
                });

        HttpResponse<InputStream> answer = speech("hello");

        assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
        SpendEvent event = booked(answer);
        assertThat(event.status()).isEqualTo(Status.FAILURE);
        assertThat(event.errorClass()).isEqualTo("broken");
        assertThat(event.costPico()).isEqualTo(75_000_000L);
    }

    @Test
    void speechThatNobodyWantsAnyMoreIsStoppedAndBooked() throws Exception {
        var left = new CountDownLatch(1);
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 0);
                    OutputStream out = exchange.getResponseBody();
                    try {
                        for (int i = 0; i < 2_000; i++) {
                            out.write(new byte[100_000]);
                        }
                    } finally {
                        left.countDown();
                    }
                });

        HttpResponse<InputStream> answer = speech("hello");
        answer.body().close();

        assertThat(left.await(15, TimeUnit.SECONDS)).isTrue();
        await().atMost(SOON).until(() -> booked(answer).status() == Status.CANCELLED);
    }

    @Test
    void aSpeechErrorIsOpenAisError() throws Exception {
        provider.on(
                "/v1/audio/speech", 400, "{\"error\":{\"message\":\"no\",\"code\":\"bad_voice\"}}");

        HttpResponse<InputStream> answer = speech("hello");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new String(answer.body().readAllBytes(), UTF_8)).contains("bad_voice");
    }

    @Test
    void aFilePassesAsItIsAndOnlyTheModelIsAnother() throws Exception {
        provider.on(
                "/v1/audio/transcriptions",
                200,
                "{\"text\":\"hi\",\"usage\":{\"type\":\"duration\",\"seconds\":3}}");
        byte[] form = form("ears", wav(2_500), "");

        HttpResponse<String> answer = transcribe("/v1/audio/transcriptions", form);

        assertThat(answer.statusCode()).isEqualTo(200);
        RecordingProvider.Asked asked = provider.last("/v1/audio/transcriptions");
        assertThat(asked.header("Content-type")).isEqualTo("multipart/form-data; boundary=xYz");
        assertThat(new String(asked.body(), ISO_8859_1))
                .isEqualTo(
                        new String(form, ISO_8859_1)
                                .replace("\r\n\r\nears\r\n", "\r\n\r\nwhisper-1\r\n"));
        SpendEvent event = booked(answer);
        assertThat(event.callType()).isEqualTo("atranscription");
        assertThat(event.units()).isEqualTo(Units.ofSound(3_000));
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.costPico()).isEqualTo(300_000_000L);
    }

    @Test
    void whatTheProviderDoesNotSayIsMeasuredInTheFile() throws Exception {
        provider.on("/v1/audio/transcriptions", 200, "text/plain", "hi\n".getBytes(UTF_8));

        HttpResponse<String> answer =
                transcribe(
                        "/audio/transcriptions",
                        form("ears", wav(2_500), field("response_format", "text")));

        assertThat(answer.body()).isEqualTo("hi\n");
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain");
        SpendEvent event = booked(answer);
        assertThat(event.kind()).isEqualTo(Kind.ESTIMATED);
        assertThat(event.units()).isEqualTo(Units.ofSound(2_500));
        assertThat(event.usage()).isEqualTo(new Usage(0, 0, 0, 0, 0, 0, 25, 0, 0));
        assertThat(event.costPico()).isEqualTo(250_000_000L);
    }

    @Test
    void aStreamedTranscriptIsBilledByItsLastEvent() throws Exception {
        String events =
                """
                data: {"type":"transcript.text.delta","delta":"say \\"usage\\":{} "}

                data: {"type":"transcript.text.done","text":"x","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},"output_tokens":5,"total_tokens":19}}

                """;
        String path = "/azure/openai/deployments/my-whisper/audio/transcriptions";
        provider.on(path, 200, "text/event-stream", events.getBytes(UTF_8));

        HttpResponse<String> answer =
                transcribe(
                        "/v1/audio/transcriptions",
                        form("azure-ears", wav(1_000), field("stream", "true")));

        assertThat(answer.body()).isEqualTo(events);
        assertThat(provider.last(path).uri()).endsWith("?api-version=2024-06-01");
        assertThat(provider.last(path).header("Api-key")).isEqualTo("k");
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(new Usage(4, 0, 0, 0, 5, 0, 10, 0, 0));
        assertThat(event.costPico()).isEqualTo(14 * 2_500_000L + 5 * 10_000_000L);
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws Exception {
        int before = provider.count("/v1/audio/transcriptions");
        HttpResponse<String> forThisModel =
                transcribe("/v1/audio/transcriptions", form("ears", new byte[(1 << 20) + 1], ""));
        assertThat(forThisModel.statusCode()).isEqualTo(400);
        assertThat(error(forThisModel).path("param").asText()).isEqualTo("file");

        HttpResponse<String> forAll =
                transcribe("/v1/audio/transcriptions", form("ears", new byte[5 << 20], ""));
        assertThat(forAll.statusCode()).isEqualTo(413);
        assertThat(provider.count("/v1/audio/transcriptions")).isEqualTo(before);
    }

    @Test
    void aFormThatCanBeReadInTwoWaysIsRefused() throws Exception {
        byte[] twice = form("ears", wav(100), field("model", "pictures"));
        byte[] none =
                "--xYz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nears\r\n--xYz--"
                        .getBytes(UTF_8);

        for (byte[] form : List.of(twice, none, "{}".getBytes(UTF_8))) {
            HttpResponse<String> answer = transcribe("/v1/audio/transcriptions", form);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).path("type").asText()).isEqualTo("invalid_request_error");
        }
        assertThat(gateway.post("/v1/audio/transcriptions", "{}").statusCode()).isEqualTo(400);
    }
}
