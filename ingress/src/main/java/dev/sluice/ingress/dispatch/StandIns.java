package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.upstream.ModelGroup;

import org.jspecify.annotations.Nullable;

/** Finds the model groups that may stand in for the one that a caller asked for. */
@FunctionalInterface
public interface StandIns {

    /** The group that a name means to this caller; null if there is none, or he may not use it. */
    @Nullable ModelGroup find(String name);
}
