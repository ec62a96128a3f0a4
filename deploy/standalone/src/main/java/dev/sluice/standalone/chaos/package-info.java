/**
 * Real processes under load, killed, stopped and restarted, and whether the bill is still right.
 */
@NullMarked
package dev.sluice.standalone.chaos;

import org.jspecify.annotations.NullMarked;
