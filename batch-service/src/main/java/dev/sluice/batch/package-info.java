/** Files and batches: durable jobs whose lines travel over Kafka. */
@NullMarked
package dev.sluice.batch;

import org.jspecify.annotations.NullMarked;
