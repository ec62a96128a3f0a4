/**
 * A provider to test against: it speaks OpenAI's API, is slow and faulty on demand, and keeps the
 * true ledger of what it billed. Knows nothing of the gateway that it judges.
 */
@NullMarked
package dev.sluice.simulator;

import org.jspecify.annotations.NullMarked;
