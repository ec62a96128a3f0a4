@NullMarked
package dev.sluice.batch.api;

import org.jspecify.annotations.NullMarked;
