/** Files and batches as PostgreSQL keeps them. */
@NullMarked
package dev.sluice.batch.jobs;

import org.jspecify.annotations.NullMarked;
