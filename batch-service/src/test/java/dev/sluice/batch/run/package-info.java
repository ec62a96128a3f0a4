/** Tests of lines on their way. */
@NullMarked
package dev.sluice.batch.run;

import org.jspecify.annotations.NullMarked;
