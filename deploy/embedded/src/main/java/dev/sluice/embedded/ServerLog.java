package dev.sluice.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** What a child process prints: the file of this run, and that of the run before. */
record ServerLog(Path file) {

    private static final int TAIL_BYTES = 2_000;

    /** Puts the last run's file aside and begins an empty one. */
    static ServerLog fresh(Path directory) throws IOException {
        Path file = directory.resolve("server.log");
        if (Files.exists(file)) {
            Path previous = directory.resolve("server.previous.log");
            Files.move(file, previous, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createFile(file);
        return new ServerLog(file);
    }

    /** The last lines, for an error message; empty if the file can't be read. */
    String tail() {
        try (var bytes = new RandomAccessFile(file.toFile(), "r")) {
            bytes.seek(Math.max(0, bytes.length() - TAIL_BYTES));
            byte[] tail = new byte[(int) (bytes.length() - bytes.getFilePointer())];
            bytes.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8).strip();
        } catch (IOException _) {
            return "";
        }
    }
}
