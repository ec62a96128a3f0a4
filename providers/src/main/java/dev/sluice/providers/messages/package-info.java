/**
 * Anthropic's Messages API towards callers: their requests become OpenAI's, and OpenAI's answers,
 * streams and errors become theirs. Whatever provider answers, Anthropic's own clients can read it.
 */
@NullMarked
package dev.sluice.providers.messages;

import org.jspecify.annotations.NullMarked;
