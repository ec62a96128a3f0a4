package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/** A scenario as it is sent: every part may be absent. */
record ScenarioForm(
        @Nullable Match match,
        @Nullable String profile,
        @Nullable Double latencyFactor,
        @Nullable Integer slots,
        @Nullable FaultForm fault) {

    /** Which calls are meant; an absent part means all. */
    record Match(@Nullable String key, @Nullable String model, @Nullable String deployment) {

        static final Match ALL = new Match(null, null, null);

        boolean fits(Caller caller, String calledModel) {
            return (key == null || key.equals(caller.key()))
                    && (model == null || model.equals(calledModel))
                    && (deployment == null || deployment.equals(caller.deployment()));
        }
    }

    /** At most one kind of fault, with how often it strikes. */
    record FaultForm(
            @Nullable Integer status,
            @Nullable Integer retryAfter,
            @Nullable String code,
            @Nullable String message,
            @Nullable Boolean blackHole,
            @Nullable Long cutAfterBytes,
            @Nullable Long stallAfterBytes,
            @Nullable Long stallMs,
            @Nullable Boolean malformedSse,
            @Nullable Boolean noUsage,
            @Nullable Double share,
            @Nullable Long count,
            @Nullable Long seed) {}
}
