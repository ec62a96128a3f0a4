/**
 * What crosses a process boundary: topics, the records on them and how they are written and read.
 */
@NullMarked
package dev.sluice.schemas;

import org.jspecify.annotations.NullMarked;
