package dev.sluice.batch.lines;

/** One line of an input file, without its end. Its bytes are valid until the next line is read. */
public final class Line {

    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final int number;
    private final long position;

    /**
     * A line.
     *
     * @param bytes holds it, and others
     * @param offset of its first byte in {@code bytes}
     * @param length of it in bytes
     * @param number of the line, the first is 1
     * @param position of its first byte in the file
     */
    Line(byte[] bytes, int offset, int length, int number, long position) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.number = number;
        this.position = position;
    }

    byte[] bytes() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    /** Its bytes. */
    public int length() {
        return length;
    }

    /** Its number; the first of a file is 1. */
    public int number() {
        return number;
    }

    /** Where its first byte stands in the file. */
    public long position() {
        return position;
    }

    /** Whether there is nothing in it but blanks. */
    public boolean isBlank() {
        for (int i = 0; i < length; i++) {
            byte next = bytes[offset + i];
            if (next != ' ' && next != '\t' && next != '\r') {
                return false;
            }
        }
        return true;
    }
}
