/** From an ordered list of deployments to one answer: attempts, retries and their booking. */
@NullMarked
package dev.sluice.ingress.dispatch;

import org.jspecify.annotations.NullMarked;
