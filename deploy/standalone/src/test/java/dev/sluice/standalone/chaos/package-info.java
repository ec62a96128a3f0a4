/** Tests of the chaos run, and a short one. */
@NullMarked
package dev.sluice.standalone.chaos;

import org.jspecify.annotations.NullMarked;
