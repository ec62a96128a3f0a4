/**
 * The OpenAI wire on bytes: what a request asks for, what an answer reports, one event of a stream
 * at a time. It knows no socket, no price and no route.
 */
@NullMarked
package dev.sluice.providers.openai;

import org.jspecify.annotations.NullMarked;
