/** Lines on their way: handed out, called, written down. */
@NullMarked
package dev.sluice.batch.run;

import org.jspecify.annotations.NullMarked;
