/**
 * Servers as parameters of tests: one Kafka, PostgreSQL and Redis for each test JVM, started when
 * the first test asks and closed at the end of the run. Knows nothing of what is tested.
 */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
