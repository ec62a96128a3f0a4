/**
 * Google's {@code generateContent} and embeddings, of AI Studio and of Vertex: requests out of
 * OpenAI's, answers told into a {@link dev.sluice.providers.openai.ChatSink}.
 */
@NullMarked
package dev.sluice.providers.gemini;

import org.jspecify.annotations.NullMarked;
