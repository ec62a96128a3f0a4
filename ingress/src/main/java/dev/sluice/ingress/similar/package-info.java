/**
 * Answers to questions that were asked before in other words. It knows which requests may share an
 * answer; which texts ask the same is the business of {@code semantics}, answers that of {@code
 * cache}.
 */
@NullMarked
package dev.sluice.ingress.similar;

import org.jspecify.annotations.NullMarked;
