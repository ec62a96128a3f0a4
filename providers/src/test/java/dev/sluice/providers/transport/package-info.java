/** Tests of the transport against servers that behave badly on purpose. */
@NullMarked
package dev.sluice.providers.transport;

import org.jspecify.annotations.NullMarked;
