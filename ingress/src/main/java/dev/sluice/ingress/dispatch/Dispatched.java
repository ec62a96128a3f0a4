package dev.sluice.ingress.dispatch;

/**
 * What came of a call, and on which way.
 *
 * @param answer the first answer, or the first failure if there is none
 * @param isWhole whether it is one to the whole call, where a part was asked for first
 */
public record Dispatched(Dispatch answer, Trail trail, boolean isWhole) {}
