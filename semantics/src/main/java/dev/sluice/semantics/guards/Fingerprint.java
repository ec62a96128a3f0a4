package dev.sluice.semantics.guards;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What the guards compare of a text, without the text: keyed hashes of its words and a few small
 * numbers. Some hundred bytes.
 */
public final class Fingerprint {

    /** Rises with every change of what is read from a text: older ones are then not comparable. */
    static final byte VERSION = 2;

    /** How much a word matters lies in the lowest bits of its hash. */
    static final int WEIGHT_BITS = 3;

    static final int WEIGHT_MAX = (1 << WEIGHT_BITS) - 1;

    /** A denial of nothing in particular. */
    static final int ANYTHING = 0;

    private static final int SECTIONS = 11;
    private static final int HASHES_MAX = 4_096;

    final boolean whole;
    final byte script;
    final byte language;
    final int questions;
    final byte denials;
    final byte exceptions;
    final byte tenses;
    final int[] numbers;
    final int[] dates;
    final int[] units;
    final int[] code;
    final int[] quotes;
    final int[] names;

    /** Pairs: what is said, and what would say the opposite. */
    final int[] poles;

    /** What a denial stands before. */
    final int[] denied;

    /** All, only, must, next: what narrows or obliges, sorted. */
    final int[] extents;

    /** Of whom it speaks, in the order of the text; empty where it may be anybody. */
    final int[] persons;

    /** In the order of the text, each with its weight. */
    final int[] words;

    /** For searching: without weights, sorted. */
    final int[] vocabulary;

    /** Those of the vocabulary that matter. */
    private final int[] stressed;

    Fingerprint(
            boolean whole,
            byte script,
            byte language,
            int questions,
            byte[] counts,
            int[][] sections) {
        this.whole = whole;
        this.script = script;
        this.language = language;
        this.questions = questions;
        this.denials = counts[0];
        this.exceptions = counts[1];
        this.tenses = counts[2];
        this.numbers = sections[0];
        this.dates = sections[1];
        this.units = sections[2];
        this.code = sections[3];
        this.quotes = sections[4];
        this.names = sections[5];
        this.poles = sections[6];
        this.denied = sections[7];
        this.extents = sections[8];
        this.persons = sections[9];
        this.words = sections[10];
        this.vocabulary = Arrays.stream(words).map(Fingerprint::bare).sorted().toArray();
        this.stressed =
                Arrays.stream(words)
                        .filter(word -> weight(word) > 1)
                        .map(Fingerprint::bare)
                        .sorted()
                        .toArray();
    }

    static int bare(int word) {
        return word >>> WEIGHT_BITS;
    }

    static int weight(int word) {
        return word & WEIGHT_MAX;
    }

    boolean says(int bareWord) {
        return Arrays.binarySearch(vocabulary, bareWord) >= 0;
    }

    /** Whether it has a word as one that matters. */
    boolean stresses(int bareWord) {
        return Arrays.binarySearch(stressed, bareWord) >= 0;
    }

    /** The bytes that {@link #of} reads. */
    public byte[] bytes() {
        int[][] sections = sections();
        int size = 10;
        for (int[] section : sections) {
            size += Short.BYTES + section.length * Integer.BYTES;
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        bytes.put(VERSION).put((byte) (whole ? 1 : 0)).put(script).put(language).putInt(questions);
        // Two in one byte: both are small.
        bytes.put((byte) ((Math.min(denials, 15) << 4) | Math.min(exceptions, 15))).put(tenses);
        for (int[] section : sections) {
            bytes.putShort((short) section.length);
            for (int hash : section) {
                bytes.putInt(hash);
            }
        }
        return bytes.array();
    }

    private int[][] sections() {
        return new int[][] {
            numbers, dates, units, code, quotes, names, poles, denied, extents, persons, words
        };
    }

    /** How many bytes {@link #bytes} has. */
    public int size() {
        int hashes = 0;
        for (int[] section : sections()) {
            hashes += section.length;
        }
        return 10 + SECTIONS * Short.BYTES + hashes * Integer.BYTES;
    }

    /**
     * Reads what {@link #bytes} wrote.
     *
     * @throws IllegalArgumentException if it is of another version, or not whole
     */
    public static Fingerprint of(byte[] bytes) {
        try {
            return read(ByteBuffer.wrap(bytes));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a fingerprint that is cut off", e);
        }
    }

    private static Fingerprint read(ByteBuffer bytes) {
        byte version = bytes.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("a fingerprint of version " + version);
        }
        boolean whole = bytes.get() == 1;
        byte script = bytes.get();
        byte language = bytes.get();
        int questions = bytes.getInt();
        byte negations = bytes.get();
        byte tenses = bytes.get();
        int[][] sections = new int[SECTIONS][];
        for (int i = 0; i < SECTIONS; i++) {
            int count = Short.toUnsignedInt(bytes.getShort());
            if (count > HASHES_MAX || count * Integer.BYTES > bytes.remaining()) {
                throw new IllegalArgumentException("a fingerprint with a section too long");
            }
            sections[i] = new int[count];
            for (int j = 0; j < count; j++) {
                sections[i][j] = bytes.getInt();
            }
        }
        if (bytes.hasRemaining() || sections[6].length % 2 != 0) {
            throw new IllegalArgumentException("a fingerprint that is not one");
        }
        byte[] counts = {(byte) ((negations >>> 4) & 15), (byte) (negations & 15), tenses};
        return new Fingerprint(whole, script, language, questions, counts, sections);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint print && Arrays.equals(bytes(), print.bytes());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return "Fingerprint[" + words.length + " words]";
    }
}
