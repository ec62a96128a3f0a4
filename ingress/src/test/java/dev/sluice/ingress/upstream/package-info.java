@NullMarked
package dev.sluice.ingress.upstream;

import org.jspecify.annotations.NullMarked;
