package dev.sluice.ingress.limits;

/** What one call wants of one limit. */
record Demand(Cell cell, Scope scope, long limit, long mean, double variance) {

    static Demand known(Cell cell, Scope scope, long limit, long amount) {
        return new Demand(cell, scope, limit, amount, 0);
    }

    static Demand of(Cell cell, Scope scope, long limit, Expected expected) {
        double deviation = expected.deviation();
        return new Demand(cell, scope, limit, expected.mean(), deviation * deviation);
    }
}
