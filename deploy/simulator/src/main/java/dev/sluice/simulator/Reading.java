package dev.sluice.simulator;

/** What came of reading a request's body. */
sealed interface Reading permits ModelCall, Rejection {}
