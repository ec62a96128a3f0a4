package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/**
 * Who calls whom.
 *
 * @param key the provider key; empty if there is none
 * @param deployment the name in {@code /d/NAME/v1/...}; absent in a plain address
 */
record Caller(String key, @Nullable String deployment) {}
