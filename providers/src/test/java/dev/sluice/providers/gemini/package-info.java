@NullMarked
package dev.sluice.providers.gemini;

import org.jspecify.annotations.NullMarked;
