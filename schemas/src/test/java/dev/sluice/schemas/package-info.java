@NullMarked
package dev.sluice.schemas;

import org.jspecify.annotations.NullMarked;
