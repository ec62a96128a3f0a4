/** Runs the fuzz targets: what they share, and their short form in the ordinary test run. */
@NullMarked
package dev.sluice.providers.fuzz;

import org.jspecify.annotations.NullMarked;
