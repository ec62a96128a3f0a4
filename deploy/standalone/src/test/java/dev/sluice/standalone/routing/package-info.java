@NullMarked
package dev.sluice.standalone.routing;

import org.jspecify.annotations.NullMarked;
