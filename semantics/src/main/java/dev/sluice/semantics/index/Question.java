package dev.sluice.semantics.index;

import dev.sluice.semantics.guards.Fingerprint;

/** A text as the index sees it. */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record Question(Vector vector, long[] sketch, Fingerprint print) {}
