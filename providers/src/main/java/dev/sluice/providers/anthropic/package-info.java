/**
 * Anthropic's Messages API as a provider: OpenAI's chat requests become its requests, its answers,
 * streams and errors are told in OpenAI's words. What Anthropic cannot do is refused by name.
 */
@NullMarked
package dev.sluice.providers.anthropic;

import org.jspecify.annotations.NullMarked;
