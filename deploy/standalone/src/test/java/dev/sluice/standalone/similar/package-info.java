/** The verification of the semantic cache, on files of our own and on those beside a checkout. */
@NullMarked
package dev.sluice.standalone.similar;

import org.jspecify.annotations.NullMarked;
