/**
 * Folds what all ingresses saw of the deployments into one state each. It may be away: then the
 * ingresses go on with what they see themselves.
 */
@NullMarked
package dev.sluice.router;

import org.jspecify.annotations.NullMarked;
