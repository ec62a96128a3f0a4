/**
 * How each family of providers counts tokens, turned into disjoint classes. Knows the usage objects
 * of their answers, nothing else of them. OpenAI's own form is read by {@code providers.openai}.
 */
@NullMarked
package dev.sluice.providers.usage;

import org.jspecify.annotations.NullMarked;
