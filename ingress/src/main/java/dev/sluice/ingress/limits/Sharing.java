package dev.sluice.ingress.limits;

import java.util.List;

/** How an ingress agrees with the others. Never blocks, except to {@link #ask}. */
interface Sharing {

    /** Whether Redis can be asked for more than is leased. */
    boolean isLeasing();

    /** Whether no other ingress is known to be out of sight. */
    boolean isShared();

    /** When Redis was found away last, by the clock of the limits. */
    long lostNanos();

    /** Whether Redis granted until less than a second ago: others may well be heard by it. */
    boolean isHiccup(long nowNanos);

    /**
     * Whether Redis was not heard for so long that it takes this ingress for dead, or soon will.
     */
    boolean isForgotten(long nowNanos);

    /** How many ingresses there were when last heard of, this one included. */
    int ingresses();

    /** Asks for all or nothing; waits at most 50 ms. */
    Verdict ask(List<Demand> demands);

    /** A cell's use has changed; told once until it is next stated. */
    void changed(Cell cell);

    /** A cell has room again that others may be waiting for. */
    void urgent(Cell cell);

    /** What came of asking. */
    sealed interface Verdict {

        /** The spans that hold the demands now, in their order. */
        record Granted(List<Span> spans) implements Verdict {}

        /** There is no room for this one. */
        record Refused(Demand demand) implements Verdict {}

        /** Nobody could be asked. */
        record Unknown() implements Verdict {}
    }

    /** Nobody to agree with: all limits belong to this ingress. */
    final class Alone implements Sharing {

        @Override
        public boolean isLeasing() {
            return false;
        }

        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public long lostNanos() {
            return 0;
        }

        @Override
        public boolean isHiccup(long nowNanos) {
            return false;
        }

        @Override
        public boolean isForgotten(long nowNanos) {
            return true;
        }

        @Override
        public int ingresses() {
            return 1;
        }

        @Override
        public Verdict ask(List<Demand> demands) {
            return new Verdict.Unknown();
        }

        @Override
        public void changed(Cell cell) {}

        @Override
        public void urgent(Cell cell) {}
    }
}
