package dev.sluice.providers.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.bedrock.EventFrames;
import dev.sluice.providers.fuzz.Arrival;
import dev.sluice.providers.fuzz.Claim;
import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Any bytes as what a provider answers: a stream, a whole answer, an error. Each is translated or
 * told as unreadable; how a stream's bytes arrive makes no difference.
 */
public final class AnswersFuzz {

    private static final List<Protocol> PROTOCOLS =
            List.of(
                    BedrockProtocol.of(Calls.settings("bedrock", "m", Parameters.STRICT)),
                    CohereProtocol.of(Calls.settings("cohere", "m", Parameters.STRICT)),
                    new AnthropicProtocol(
                            Calls.settings("anthropic", "claude-sonnet-4-5", Parameters.STRICT)),
                    GeminiProtocol.studio(
                            Calls.settings("gemini", "gemini-2.5-flash", Parameters.STRICT)));
    private static final byte[] REQUEST =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                    .getBytes(UTF_8);
    private static final ModelCall CALL = call();
    private static final int[] STATUSES = {200, 400, 529};

    private AnswersFuzz() {}

    /**
     * One input: a byte that chooses the provider, and the answer. Bedrock's stream is written as a
     * line an event, its type before its JSON, and an exclamation mark before an exception's.
     */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] answer = Arrays.copyOfRange(input, 1, input.length);
        int choice = (input[0] & 0xFF) % (PROTOCOLS.size() + 1);
        if (choice == PROTOCOLS.size()) {
            CompletionForms.toPlain(answer).ifPresent(AnswersFuzz::object);
            for (byte[] event : CompletionForms.toSse(answer, true)) {
                checkEvents(new String(event, UTF_8));
            }
            return;
        }
        Protocol protocol = PROTOCOLS.get(choice);
        byte[] stream = choice == 0 ? frames(answer) : answer;
        String whole = told(protocol, Arrival.whole(stream));
        for (Arrival arrival : Arrival.cut(stream)) {
            Claim.same(told(protocol, arrival), whole, arrival);
        }
        whole(protocol, answer);
        for (int status : STATUSES) {
            ProviderFailure failure =
                    translation(protocol).failure(status, _ -> "x\u0000:#", answer);
            Claim.that(failure.status() >= 400 && failure.status() < 600, failure);
            Claim.that(object(failure.body()).has("error"), failure);
        }
    }

    private static byte[] frames(byte[] lines) {
        var frames = new EventFrames();
        for (String line : new String(lines, UTF_8).split("\n", -1)) {
            int json = line.indexOf('{');
            String type = json < 0 ? line : line.substring(0, json);
            String payload = json < 0 ? "" : line.substring(json);
            if (type.length() > 200) {
                continue;
            }
            if (type.startsWith("!")) {
                frames.exception(type.substring(1), payload);
            } else {
                frames.event(type, payload);
            }
        }
        return frames.bytes();
    }

    private static Translation translation(Protocol protocol) {
        if (protocol.prepare(CALL) instanceof Preparation.Ready ready) {
            return ready.translation();
        }
        throw new AssertionError("the request cannot be sent");
    }

    private static ModelCall call() {
        RequestPeek peek =
                RequestPeek.of(Endpoint.CHAT_COMPLETIONS, REQUEST, REQUEST.length, false);
        if (peek instanceof RequestPeek.Facts facts) {
            return new ModelCall(Endpoint.CHAT_COMPLETIONS, REQUEST, REQUEST.length, facts, null);
        }
        throw new AssertionError("the request is malformed");
    }

    /** The stream in OpenAI's wire, without what is made up anew each time. */
    private static String told(Protocol protocol, Arrival arrival) {
        var source = translation(protocol).stream(arrival);
        var bytes = new ByteArrayOutputStream();
        boolean cut = false;
        try {
            byte[] some = new byte[512];
            int count = source.read(some, 0, some.length);
            while (count >= 0) {
                Claim.that(count > 0, "a reading of nothing");
                bytes.write(some, 0, count);
                count = source.read(some, 0, some.length);
            }
        } catch (EOFException e) {
            cut = true;
        } catch (IOException e) {
            throw new AssertionError("not a failure that was promised", e);
        }
        String text = bytes.toString(UTF_8);
        boolean ended = text.endsWith("data: [DONE]\n\n") || text.contains("{\"error\":");
        Claim.that(cut || ended, text);
        checkEvents(text);
        return text.replaceAll("\"id\":\"[^\"]*\"", "\"id\":\"\"")
                        .replaceAll("\"created\":[0-9]+", "\"created\":0")
                + cut;
    }

    private static void checkEvents(String events) {
        for (String line : events.split("\n", -1)) {
            if (line.startsWith("data: {")) {
                object(line.substring("data: ".length()).getBytes(UTF_8));
            } else {
                Claim.that(
                        line.isEmpty() || line.equals("data: [DONE]") || line.startsWith(":"),
                        line);
            }
        }
    }

    private static void whole(Protocol protocol, byte[] answer) {
        try {
            object(translation(protocol).answer(answer));
        } catch (UnreadableAnswerException e) {
            Claim.that(e.getMessage() != null, "it does not say why");
        }
    }

    private static JsonNode object(byte[] json) {
        return JsonTrees.object(json, 0, json.length)
                .orElseThrow(() -> new AssertionError("no JSON: " + new String(json, UTF_8)));
    }
}
