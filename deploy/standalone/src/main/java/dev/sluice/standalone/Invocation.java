package dev.sluice.standalone;

/** A command line that was understood. */
public record Invocation(Command command, Verbosity verbosity) {}
