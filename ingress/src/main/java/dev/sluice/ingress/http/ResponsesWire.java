package dev.sluice.ingress.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.responses.KeptOutput;
import dev.sluice.providers.responses.KeptResponse;
import dev.sluice.providers.responses.ResponseFrame;
import dev.sluice.providers.responses.ServedAnswer;
import dev.sluice.providers.responses.ServedOutput;
import dev.sluice.providers.responses.ServedRequest;

import java.io.OutputStream;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * OpenAI's Responses API, spoken by callers to any model. A group whose deployments all have it
 * themselves is asked in it, what others have is a chat.
 */
final class ResponsesWire implements CallerWire {

    /** Whether it never was, is another's or is gone: who may not see it learns nothing of it. */
    static final ApiError NOT_FOUND =
            new ApiError(
                    400,
                    "There is no such previous response of this model.",
                    "invalid_request_error",
                    "previous_response_id",
                    "previous_response_not_found");

    private final Predicate<String> isClaude;
    private final Predicate<String> isNative;
    private final ResponseIds ids;
    private final Clock clock;

    /**
     * The wire.
     *
     * @param isClaude whether all deployments of a group take what only Anthropic has
     * @param isNative whether all deployments of a group have Responses themselves
     */
    ResponsesWire(
            Predicate<String> isClaude, Predicate<String> isNative, ResponseIds ids, Clock clock) {
        this.isClaude = isClaude;
        this.isNative = isNative;
        this.ids = ids;
        this.clock = clock;
    }

    @Override
    public Request request(byte[] body, int length, Asker asker) {
        Optional<ObjectNode> asked = JsonTrees.object(body, 0, length);
        if (asked.isEmpty()) {
            return new Request.Refused(
                    ApiError.invalidRequest("The body is not a JSON object.", null));
        }
        String group = asker.groups().apply(asked.get().path("model").asText(""));
        try {
            return isNative.test(group)
                    ? passed(asked.get(), asker.tenant())
                    : overChat(asked.get(), isClaude.test(group));
        } catch (UnsupportedRequestException e) {
            return new Request.Refused(ApiError.invalidRequest(e.problem(), e.param()));
        }
    }

    /** It is written anew, so that the provider reads a name that comes twice as it was checked. */
    private Request passed(ObjectNode asked, String tenant) throws UnsupportedRequestException {
        KeptResponse.check(asked);
        String deploymentId = null;
        JsonNode previous = asked.path("previous_response_id");
        if (!previous.isNull() && !previous.isMissingNode()) {
            Optional<ResponseIds.Kept> kept = ids.open(tenant, previous.asText());
            if (kept.isEmpty()) {
                return new Request.Refused(NOT_FOUND);
            }
            asked.put("previous_response_id", kept.get().providerId());
            deploymentId = kept.get().deploymentId();
        }
        byte[] bytes = JsonTrees.bytes(asked);
        return new Request.Understood(
                bytes, bytes.length, Endpoint.RESPONSES, new Passed(ids, tenant), deploymentId);
    }

    private Request overChat(ObjectNode asked, boolean keepsThoughts)
            throws UnsupportedRequestException {
        String fallbackId = UUID.randomUUID().toString().replace("-", "");
        var understood =
                ServedRequest.read(
                        asked, keepsThoughts, fallbackId, clock.instant().getEpochSecond());
        byte[] chat = JsonTrees.bytes(understood.chat());
        return new Request.Understood(
                chat,
                chat.length,
                Endpoint.CHAT_COMPLETIONS,
                new OverChat(understood.frame()),
                null);
    }

    @Override
    public byte[] answer(byte[] body) {
        throw unread();
    }

    /** Errors are OpenAI's everywhere. */
    @Override
    public byte[] error(int status, byte[] body) {
        return body;
    }

    @Override
    public OutputStream stream(OutputStream out) {
        throw unread();
    }

    private static IllegalStateException unread() {
        return new IllegalStateException("only a request that was read is answered");
    }

    /** What every answered request has in common: it is not read again. */
    private interface Answered extends CallerWire {

        @Override
        default Request request(byte[] body, int length, Asker asker) {
            throw new IllegalStateException("it has been read");
        }

        @Override
        default byte[] error(int status, byte[] body) {
            return body;
        }
    }

    /** One call, answered by a chat. */
    private record OverChat(ResponseFrame frame) implements Answered {

        @Override
        public byte[] answer(byte[] body) {
            return ServedAnswer.response(body, frame).orElse(body);
        }

        @Override
        public OutputStream stream(OutputStream out) {
            return new ServedOutput(out, frame);
        }
    }

    /** One call that passes; where it will be answered is not known yet. */
    private record Passed(ResponseIds ids, String tenant) implements Answered {

        @Override
        public CallerWire from(String deploymentId) {
            return new Renamed(id -> ids.seal(tenant, new ResponseIds.Kept(deploymentId, id)));
        }

        @Override
        public byte[] answer(byte[] body) {
            throw unread();
        }

        @Override
        public OutputStream stream(OutputStream out) {
            throw unread();
        }
    }

    /** One call, answered by a deployment that keeps the response. */
    private record Renamed(UnaryOperator<String> names) implements Answered {

        @Override
        public byte[] answer(byte[] body) {
            return KeptResponse.renamed(body, names);
        }

        @Override
        public OutputStream stream(OutputStream out) {
            return new KeptOutput(out, names);
        }
    }
}
