package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.gemini.GeminiAnswer;
import dev.sluice.providers.gemini.GeminiEmbeddings;
import dev.sluice.providers.gemini.GeminiErrors;
import dev.sluice.providers.gemini.GeminiStream;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.ChatAnswer;
import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;

import java.time.Instant;
import java.util.UUID;

/** What Google answers, in OpenAI's wire. */
sealed interface GeminiTranslation extends Translation {

    @Override
    default ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
        GeminiErrors.Told told = GeminiErrors.of(status, body);
        long asked = RetryAfter.seconds(header);
        return new ProviderFailure(
                told.status(), told.body().json(), asked < 0 ? told.retryAfterSeconds() : asked);
    }

    /** Chats. */
    record Chat(String model) implements GeminiTranslation {

        /** One event may hold a picture. */
        private static final int EVENT_BYTES_MAX = 32 << 20;

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            ObjectNode response =
                    JsonTrees.object(body, 0, body.length)
                            .orElseThrow(() ->
                                    new UnreadableAnswerException(
                                            "the provider's answer is not a JSON object"));
            var gathered = new ChatAnswer(id(), model, Instant.now().getEpochSecond());
            var answer = new GeminiAnswer(gathered);
            answer.add(response);
            if (!answer.hasOutput()) {
                throw new UnreadableAnswerException("the provider's answer has no candidate");
            }
            answer.end();
            return gathered.json();
        }

        @Override
        public ByteSource stream(ByteSource source) {
            var chunks = new ChatChunks(id(), model, Instant.now().getEpochSecond());
            return new ChatStream(
                    chunks, new GeminiStream(new EventStream(source, EVENT_BYTES_MAX), chunks));
        }

        private static String id() {
            return "chatcmpl-" + UUID.randomUUID();
        }
    }

    /** Embeddings. */
    record Embeddings(String model, boolean isBase64) implements GeminiTranslation {

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            return GeminiEmbeddings.answer(body, model, isBase64)
                    .orElseThrow(() ->
                            new UnreadableAnswerException(
                                    "the provider's answer has no embeddings"));
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source;
        }
    }
}
