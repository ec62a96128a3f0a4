/** Input files: their lines, and what is wrong with them. */
@NullMarked
package dev.sluice.batch.lines;

import org.jspecify.annotations.NullMarked;
