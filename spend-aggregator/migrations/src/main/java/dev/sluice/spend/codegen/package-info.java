/** Writes the jOOQ classes of the books at build time. Never on the class path of a service. */
@NullMarked
package dev.sluice.spend.codegen;

import org.jspecify.annotations.NullMarked;
