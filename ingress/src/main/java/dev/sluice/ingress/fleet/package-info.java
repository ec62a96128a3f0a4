/**
 * What this ingress tells the others of its attempts, and what it hears of theirs. The caller never
 * waits for it: with Kafka away, routing goes on with what this ingress sees itself.
 */
@NullMarked
package dev.sluice.ingress.fleet;

import org.jspecify.annotations.NullMarked;
