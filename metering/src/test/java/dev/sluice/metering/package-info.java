@NullMarked
package dev.sluice.metering;

import org.jspecify.annotations.NullMarked;
