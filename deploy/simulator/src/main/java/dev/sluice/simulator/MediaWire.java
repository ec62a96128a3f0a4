package dev.sluice.simulator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * OpenAI's images, speech, transcriptions and moderations. Usage is told, and billed, where OpenAI
 * tells it: for {@code gpt-image-...} and {@code ...-transcribe}.
 */
final class MediaWire implements Wire {

    static final Wire INSTANCE = new MediaWire();

    /** A transparent pixel. */
    private static final String PNG =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    private static final Header AUDIO =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "audio/mpeg");
    private static final Header TEXT =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");

    private static final int IMAGES_MAX = 10;
    private static final int AUDIO_BYTES_A_TOKEN = 400;
    private static final int AUDIO_BYTES_MAX = 256 << 10;
    private static final int FILE_BYTES_A_SECOND = 32_000;
    private static final int TOKENS_A_SECOND = 10;
    private static final String FLAGGED = "flagged";

    private MediaWire() {}

    @Override
    public Reading read(Address address, byte[] body) {
        try {
            return switch (address.endpoint()) {
                case TRANSCRIPTIONS -> transcription(body);
                case IMAGES -> image(ChatReading.object(body));
                case SPEECH -> speech(ChatReading.object(body));
                default -> moderation(ChatReading.object(body));
            };
        } catch (InvalidRequestException e) {
            return e.rejection();
        }
    }

    private static ModelCall image(JsonNode body) throws InvalidRequestException {
        int images = Math.clamp(body.path("n").asInt(1), 1, IMAGES_MAX);
        return ChatReading.ofTexts(
                        Endpoint.IMAGES,
                        body.path("model").asText("dall-e-2"),
                        List.of(ChatReading.required(body, "prompt")),
                        0,
                        false)
                .withChoices(images)
                .withFormat(body.path("response_format").asText());
    }

    private static ModelCall speech(JsonNode body) throws InvalidRequestException {
        ChatReading.required(body, "voice");
        return ChatReading.ofTexts(
                Endpoint.SPEECH,
                ChatReading.required(body, "model"),
                List.of(ChatReading.required(body, "input")),
                0,
                false);
    }

    /** A text is flagged if it speaks of violence. */
    private static ModelCall moderation(JsonNode body) throws InvalidRequestException {
        List<String> texts = new ArrayList<>();
        JsonNode input = body.path("input");
        if (input.isTextual()) {
            texts.add(input.textValue());
        }
        for (JsonNode one : input) {
            texts.add(one.isTextual() ? one.textValue() : one.path("text").asText());
        }
        List<String> words = new ArrayList<>();
        for (String text : texts) {
            words.add(text.toLowerCase(Locale.ROOT).contains("violence") ? FLAGGED : "");
        }
        return ChatReading.ofTexts(
                        Endpoint.MODERATIONS,
                        body.path("model").asText("omni-moderation-latest"),
                        texts,
                        0,
                        false)
                .withFormat(String.join(",", words));
    }

    private static ModelCall transcription(byte[] body) throws InvalidRequestException {
        Multipart form = Multipart.of(body);
        String file = form.field("file");
        if (file.isEmpty()) {
            throw ChatReading.missing("file");
        }
        if (form.field("model").isEmpty()) {
            throw ChatReading.missing("model");
        }
        return ChatReading.ofTexts(
                        Endpoint.TRANSCRIPTIONS, form.field("model"), List.of(file), 0, false)
                .withOutputTokensMax(ModelCallReader.OUTPUT_TOKENS_MAX)
                .withFormat(form.field("response_format"))
                .withInputTokens(seconds(file.length()) * TOKENS_A_SECOND);
    }

    private static long seconds(long bytes) {
        return Math.ceilDiv(bytes, FILE_BYTES_A_SECOND);
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        ModelCall call = answer.call();
        return switch (call.endpoint()) {
            case SPEECH -> audio(call);
            case TRANSCRIPTIONS -> transcript(answer, turns.getFirst(), usage, showUsage);
            case IMAGES -> AnswerWriter.bytes(json -> images(json, answer, usage, showUsage));
            default -> AnswerWriter.bytes(json -> moderations(json, answer));
        };
    }

    @Override
    public Optional<Header> wholeType(ModelCall call) {
        return switch (call.endpoint()) {
            case SPEECH -> Optional.of(AUDIO);
            case TRANSCRIPTIONS ->
                    call.format().equals("text") ? Optional.of(TEXT) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static byte[] audio(ModelCall call) {
        long length = Math.min(AUDIO_BYTES_MAX, (call.inputTokens() + 1) * AUDIO_BYTES_A_TOKEN);
        byte[] audio = new byte[(int) length];
        long seed = call.prompts().getFirst().hash();
        for (int i = 0; i < audio.length; i++) {
            audio[i] = (byte) Mixer.at(seed, i);
        }
        audio[0] = (byte) 0xFF;
        audio[1] = (byte) 0xFB;
        return audio;
    }

    private static byte[] transcript(Answer answer, Turn turn, Usage usage, boolean showUsage) {
        String text = turn.text(Segment.Kind.TEXT);
        if (answer.call().format().equals("text")) {
            return (text + "\n").getBytes(UTF_8);
        }
        return AnswerWriter.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("text", text);
            long tokens = answer.call().inputTokens();
            if (answer.call().format().equals("verbose_json")) {
                json.writeStringField("task", "transcribe");
                json.writeStringField("language", "english");
                json.writeNumberField("duration", tokens / TOKENS_A_SECOND);
            }
            if (showUsage) {
                json.writeObjectFieldStart("usage");
                if (answer.call().tellsTokens()) {
                    json.writeStringField("type", "tokens");
                    tokens(json, "audio_tokens", usage);
                } else {
                    json.writeStringField("type", "duration");
                    json.writeNumberField("seconds", tokens / TOKENS_A_SECOND);
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    private static void tokens(JsonGenerator json, String inputKind, Usage usage)
            throws IOException {
        boolean audio = inputKind.equals("audio_tokens");
        json.writeNumberField("input_tokens", usage.input());
        json.writeObjectFieldStart(audio ? "input_token_details" : "input_tokens_details");
        json.writeNumberField("text_tokens", audio ? 0 : usage.input());
        json.writeNumberField(audio ? "audio_tokens" : "image_tokens", audio ? usage.input() : 0);
        json.writeEndObject();
        json.writeNumberField("output_tokens", usage.output());
        json.writeNumberField("total_tokens", usage.input() + usage.output());
    }

    private static void images(JsonGenerator json, Answer answer, Usage usage, boolean showUsage)
            throws IOException {
        ModelCall call = answer.call();
        boolean inside = call.tellsTokens() || call.format().equals("b64_json");
        json.writeStartObject();
        json.writeNumberField("created", answer.created());
        json.writeArrayFieldStart("data");
        for (int i = 0; i < call.choices(); i++) {
            json.writeStartObject();
            if (inside) {
                json.writeStringField("b64_json", PNG);
            } else {
                json.writeStringField(
                        "url", "https://images.example/%s/%d.png".formatted(answer.requestId(), i));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        if (showUsage && call.tellsTokens()) {
            json.writeObjectFieldStart("usage");
            tokens(json, "text_tokens", usage);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void moderations(JsonGenerator json, Answer answer) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", answer.requestId());
        json.writeStringField("model", answer.call().model());
        json.writeArrayFieldStart("results");
        for (String word : answer.call().format().split(",", -1)) {
            boolean flagged = word.equals(FLAGGED);
            json.writeStartObject();
            json.writeBooleanField("flagged", flagged);
            json.writeObjectFieldStart("categories");
            json.writeBooleanField("violence", flagged);
            json.writeBooleanField("hate", false);
            json.writeEndObject();
            json.writeObjectFieldStart("category_scores");
            json.writeNumberField("violence", flagged ? 0.9 : 0.01);
            json.writeNumberField("hate", 0.01);
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    @Override
    public EventWriter events(Answer answer, boolean showUsage) {
        throw new IllegalStateException("no endpoint of these streams");
    }

    @Override
    public Header streamType() {
        return OpenAiWire.EVENTS;
    }

    @Override
    public byte[] error(Rejection rejection) {
        return AnswerWriter.error(rejection);
    }

    /** A form with a file, whose bytes are kept as characters of Latin-1. */
    private record Multipart(String body, String boundary) {

        static Multipart of(byte[] body) throws InvalidRequestException {
            String text = new String(body, ISO_8859_1);
            int end = text.indexOf("\r\n");
            if (!text.startsWith("--") || end < 0) {
                throw new InvalidRequestException(Rejection.unparsable());
            }
            return new Multipart(text, text.substring(0, end));
        }

        /** A field's value; empty if it is not there. */
        String field(String name) {
            // With the blank before it: a file's name is no field's.
            int at = body.indexOf(" name=\"" + name + "\"");
            if (at < 0) {
                at = body.indexOf(" name=" + name + "\r\n");
            }
            int start = at < 0 ? -1 : body.indexOf("\r\n\r\n", at);
            int end = start < 0 ? -1 : body.indexOf("\r\n" + boundary, start);
            return end < 0 ? "" : body.substring(start + 4, Math.max(end, start + 4));
        }
    }
}
