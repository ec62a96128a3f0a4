/**
 * How often the semantic cache hits, and how often it is wrong: questions with known answers,
 * looked up through the encoder, the guards and the index that the gateway uses.
 */
@NullMarked
package dev.sluice.standalone.similar;

import org.jspecify.annotations.NullMarked;
