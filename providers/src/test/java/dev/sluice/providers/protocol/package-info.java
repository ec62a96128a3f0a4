@NullMarked
package dev.sluice.providers.protocol;

import org.jspecify.annotations.NullMarked;
