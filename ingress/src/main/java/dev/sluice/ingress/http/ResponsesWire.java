package dev.sluice.ingress.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.responses.ResponseFrame;
import dev.sluice.providers.responses.ServedAnswer;
import dev.sluice.providers.responses.ServedOutput;
import dev.sluice.providers.responses.ServedRequest;

import java.io.OutputStream;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/** OpenAI's Responses API, spoken by callers to any model. */
final class ResponsesWire implements CallerWire {

    private final Predicate<String> isClaude;
    private final Clock clock;

    /**
     * The wire.
     *
     * @param isClaude whether all deployments of a model take what only Anthropic has
     */
    ResponsesWire(Predicate<String> isClaude, Clock clock) {
        this.isClaude = isClaude;
        this.clock = clock;
    }

    @Override
    public Request request(byte[] body, int length) {
        Optional<ObjectNode> asked = JsonTrees.object(body, 0, length);
        if (asked.isEmpty()) {
            return new Request.Refused(
                    ApiError.invalidRequest("The body is not a JSON object.", null));
        }
        try {
            var understood =
                    ServedRequest.read(
                            asked.get(),
                            isClaude.test(asked.get().path("model").asText("")),
                            UUID.randomUUID().toString().replace("-", ""),
                            clock.instant().getEpochSecond());
            byte[] chat = JsonTrees.bytes(understood.chat());
            return new Request.Understood(chat, chat.length, new OverChat(understood.frame()));
        } catch (UnsupportedRequestException e) {
            return new Request.Refused(ApiError.invalidRequest(e.problem(), e.param()));
        }
    }

    /** Nothing is answered before the request is understood. */
    @Override
    public byte[] answer(byte[] body) {
        return body;
    }

    /** Errors are OpenAI's everywhere. */
    @Override
    public byte[] error(int status, byte[] body) {
        return body;
    }

    @Override
    public OutputStream stream(OutputStream out) {
        return out;
    }

    /** One call, answered by a chat. */
    private record OverChat(ResponseFrame frame) implements CallerWire {

        @Override
        public Request request(byte[] body, int length) {
            throw new IllegalStateException("it has been read");
        }

        @Override
        public byte[] answer(byte[] body) {
            return ServedAnswer.response(body, frame).orElse(body);
        }

        @Override
        public byte[] error(int status, byte[] body) {
            return body;
        }

        @Override
        public OutputStream stream(OutputStream out) {
            return new ServedOutput(out, frame);
        }
    }
}
