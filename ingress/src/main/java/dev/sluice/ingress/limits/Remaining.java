package dev.sluice.ingress.limits;

import java.time.Duration;

/**
 * How much of one limit is left, for answer headers.
 *
 * @param limit requests, tokens, open requests or picodollars
 * @param left never negative; what other ingresses hold is as old as the last word with Redis
 * @param resetsIn until the window or period ends; zero where there is none
 */
public record Remaining(
        ScopeKind scope, LimitKind kind, long limit, long left, Duration resetsIn) {}
