@NullMarked
package dev.sluice.providers.responses;

import org.jspecify.annotations.NullMarked;
