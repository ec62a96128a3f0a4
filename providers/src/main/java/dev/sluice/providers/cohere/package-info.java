/** Cohere's second API: chat and embeddings, its requests, answers, streams and errors. */
@NullMarked
package dev.sluice.providers.cohere;

import org.jspecify.annotations.NullMarked;
