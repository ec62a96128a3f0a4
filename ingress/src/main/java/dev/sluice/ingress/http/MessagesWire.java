package dev.sluice.ingress.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.messages.ServedAnswer;
import dev.sluice.providers.messages.ServedOutput;
import dev.sluice.providers.messages.ServedRequest;
import dev.sluice.providers.messages.UnservableMessagesException;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;

import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Predicate;

/** Anthropic's Messages API, spoken by callers to any model. */
final class MessagesWire implements CallerWire {

    private final Predicate<String> isClaude;

    /**
     * The wire.
     *
     * @param isClaude whether all deployments of a group take what only Anthropic has
     */
    MessagesWire(Predicate<String> isClaude) {
        this.isClaude = isClaude;
    }

    @Override
    public Request request(byte[] body, int length, Asker asker) {
        Optional<ObjectNode> messages = JsonTrees.object(body, 0, length);
        if (messages.isEmpty()) {
            return new Request.Refused(
                    ApiError.invalidRequest("The body is not a JSON object.", null));
        }
        String model = messages.get().path("model").asText("");
        var dialect =
                new ServedRequest.Dialect(
                        OutputCap.Member.MAX_TOKENS, isClaude.test(asker.groups().apply(model)));
        try {
            byte[] chat = JsonTrees.bytes(ServedRequest.chat(messages.get(), dialect));
            return new Request.Understood(chat, chat.length, Endpoint.CHAT_COMPLETIONS, this, null);
        } catch (UnservableMessagesException e) {
            return new Request.Refused(
                    ApiError.invalidRequest(String.valueOf(e.getMessage()), null));
        }
    }

    @Override
    public byte[] answer(byte[] body) {
        return ServedAnswer.message(body).orElse(body);
    }

    @Override
    public byte[] error(int status, byte[] body) {
        return ServedAnswer.error(status, body);
    }

    @Override
    public OutputStream stream(OutputStream out) {
        return new ServedOutput(out);
    }
}
