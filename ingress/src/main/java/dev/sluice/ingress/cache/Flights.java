package dev.sluice.ingress.cache;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Answers on their way, by key. A key holds its tenant, so nobody follows another's call. */
public final class Flights {

    private final ConcurrentMap<AnswerKey, Flight> open = new ConcurrentHashMap<>();

    /** What a call is to an answer on its way. */
    public sealed interface Role {

        /** It is sent, and others may follow it until it has landed. */
        record Leader(Flight flight) implements Role {}

        /** It waits for the leader's answer. */
        record Following(Flight.Follower follower) implements Role {}

        /** It is sent, and nobody follows it. */
        record Alone() implements Role {}
    }

    /** Finds the role of a call that needs an answer. */
    public Role join(AnswerKey key) {
        var own = new Flight();
        Flight before = open.putIfAbsent(key, own);
        if (before == null) {
            return new Role.Leader(own);
        }
        Flight.@Nullable Follower follower = before.follow();
        return follower == null ? new Role.Alone() : new Role.Following(follower);
    }

    /** The leader is done. What it has kept is to be found before. */
    public void landed(AnswerKey key, Flight flight) {
        open.remove(key, flight);
        flight.close();
    }

    /** Nobody joins what is on its way now: it may have been declared invalid. */
    public void seal() {
        open.clear();
    }

    /** How many answers are on their way. */
    public int size() {
        return open.size();
    }
}
