/** Errors as callers see them. */
@NullMarked
package dev.sluice.ingress.errors;

import org.jspecify.annotations.NullMarked;
