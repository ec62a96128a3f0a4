package dev.sluice.ingress.dispatch;

/**
 * How a call came to its answer.
 *
 * @param modelGroup whose deployment was asked last
 * @param retries further attempts in that group after its first
 * @param maxRetries how many there might have been
 * @param fallbacks model groups that were tried after the one that was asked for
 * @param hedges attempts that were made while an earlier one was silent
 */
public record Trail(String modelGroup, int retries, int maxRetries, int fallbacks, int hedges) {}
