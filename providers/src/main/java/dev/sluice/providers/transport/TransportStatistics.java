package dev.sluice.providers.transport;

/**
 * What a transport is doing.
 *
 * @param open connections, in use or not
 * @param idle of these, the unused ones
 * @param waiting requests that wait for a connection because their origin's bound is reached
 * @param opened connections since the start
 * @param stale requests that failed because a rested connection turned out to be dead
 */
public record TransportStatistics(int open, int idle, int waiting, long opened, long stale) {}
