/**
 * Servers that come with the gateway: Kafka in this JVM, PostgreSQL and Redis as its children.
 * Knows how they start, restart and stop on a folder of their own, and nothing of what is kept in
 * them.
 */
@NullMarked
package dev.sluice.embedded;

import org.jspecify.annotations.NullMarked;
