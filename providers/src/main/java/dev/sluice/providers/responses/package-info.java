/**
 * OpenAI's Responses API towards callers: their requests become chat requests, and chat answers,
 * streams and errors become theirs. Whatever provider answers, clients of Responses can read it.
 * Nothing is stored: what needs a provider's memory or its built-in tools is refused by name.
 */
@NullMarked
package dev.sluice.providers.responses;

import org.jspecify.annotations.NullMarked;
