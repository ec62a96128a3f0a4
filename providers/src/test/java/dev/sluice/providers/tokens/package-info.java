@NullMarked
package dev.sluice.providers.tokens;

import org.jspecify.annotations.NullMarked;
