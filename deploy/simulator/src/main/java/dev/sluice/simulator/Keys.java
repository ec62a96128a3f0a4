package dev.sluice.simulator;

import java.util.Set;

/** Which provider keys are let in, and how the ledger shows them. */
record Keys(Set<String> accepted, boolean masked) {

    private static final int SHOWN_CHARACTERS = 4;

    boolean accepts(String key) {
        return accepted.isEmpty() || accepted.contains(key);
    }

    String label(String key) {
        if (key.isEmpty()) {
            return "(none)";
        }
        return masked ? "..." + key.substring(Math.max(0, key.length() - SHOWN_CHARACTERS)) : key;
    }
}
