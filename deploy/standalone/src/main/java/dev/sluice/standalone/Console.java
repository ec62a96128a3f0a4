package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** What people and scripts read: results on standard output, complaints on standard error. */
public final class Console {

    private final PrintStream results;
    private final PrintStream complaints;

    /** Writes to the given streams. */
    public Console(PrintStream results, PrintStream complaints) {
        this.results = results;
        this.complaints = complaints;
    }

    /** The console of this process. */
    public static Console ofProcess() {
        return new Console(
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8));
    }

    /** One result. */
    public void line(String text) {
        results.println(text);
    }

    /** One complaint, marked with who complains. */
    public void complain(String text) {
        complaints.println("sluice: " + text);
    }
}
