/** Tests of the simulator: its parts alone, and the whole over HTTP. */
@NullMarked
package dev.sluice.simulator;

import org.jspecify.annotations.NullMarked;
