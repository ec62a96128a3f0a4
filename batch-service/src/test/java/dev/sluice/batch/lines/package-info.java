/** Tests of input files. */
@NullMarked
package dev.sluice.batch.lines;

import org.jspecify.annotations.NullMarked;
