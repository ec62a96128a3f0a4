/** Tests of the books against real servers. */
@NullMarked
package dev.sluice.spend;

import org.jspecify.annotations.NullMarked;
