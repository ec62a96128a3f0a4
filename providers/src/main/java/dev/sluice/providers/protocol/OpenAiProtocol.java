package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.Splice;
import dev.sluice.providers.transport.UpstreamTarget;

import java.util.List;
import java.util.Map;

/**
 * OpenAI's own wire: the caller's bytes go on as they are, but for the model's name and what stays
 * here; answers come back untouched.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record OpenAiProtocol(byte[] modelJson, Map<Endpoint, UpstreamTarget> targets)
        implements Protocol {

    private static final Translation IDENTITY = new Identity();

    public OpenAiProtocol {
        targets = Map.copyOf(targets);
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return targets.containsKey(endpoint);
    }

    @Override
    public Preparation prepare(ModelCall call) {
        UpstreamTarget target = targets.get(call.endpoint());
        if (target == null) {
            return new Preparation.Unsupported(
                    "The provider has no " + call.endpoint().path() + ".", null);
        }
        boolean askForUsage = call.peek().stream() && !call.peek().includeUsage();
        return new Preparation.Ready(
                target,
                List.of(),
                Splice.splice(
                        call.body(),
                        call.length(),
                        call.peek(),
                        modelJson,
                        askForUsage,
                        call.endpoint().hasOutput() ? call.cap() : null),
                IDENTITY);
    }

    private static final class Identity implements Translation {

        @Override
        public boolean isIdentity() {
            return true;
        }

        @Override
        public byte[] answer(byte[] body) {
            return body;
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source;
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            int answered = status >= 400 ? status : 502;
            byte[] error =
                    ResponseFacts.of(body, body.length).error() != null
                            ? body
                            : new ErrorBody(
                                            "The provider answered %d.".formatted(answered),
                                            "api_error",
                                            null,
                                            Integer.toString(answered))
                                    .json();
            return new ProviderFailure(answered, error, RetryAfter.seconds(header));
        }
    }
}
