/** The records on the topics. Values only: they know neither Kafka nor HTTP. */
@NullMarked
package dev.sluice.schemas.events;

import org.jspecify.annotations.NullMarked;
