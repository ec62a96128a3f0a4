/** OpenAI's Files and Batch API. */
@NullMarked
package dev.sluice.batch.api;

import org.jspecify.annotations.NullMarked;
