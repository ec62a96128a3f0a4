package dev.sluice.ingress.dispatch;

/**
 * What came of a call, and on which way.
 *
 * @param answer the first answer, or the first failure if there is none
 */
public record Dispatched(Dispatch answer, Trail trail) {}
