/** How many tokens a text is to a model. */
@NullMarked
package dev.sluice.providers.counting;

import org.jspecify.annotations.NullMarked;
