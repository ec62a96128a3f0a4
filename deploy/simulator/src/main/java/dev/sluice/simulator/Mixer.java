package dev.sluice.simulator;

/** Well-spread 64-bit numbers from plain ones: SplitMix64's finaliser. */
final class Mixer {

    /** The odd number nearest to 2^64 divided by the golden ratio. */
    static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Mixer() {}

    static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** The {@code index}th number of the sequence that {@code seed} starts. */
    static long at(long seed, long index) {
        return mix(seed + (index + 1) * GOLDEN);
    }

    /** The same as a fraction in [0, 1). */
    static double fractionAt(long seed, long index) {
        return (at(seed, index) >>> 11) * 0x1.0p-53;
    }

    static long hash(String text) {
        long hash = text.length();
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * GOLDEN;
        }
        return mix(hash);
    }
}
