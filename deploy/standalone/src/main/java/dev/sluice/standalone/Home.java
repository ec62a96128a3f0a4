package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/** Where things are kept when nobody says otherwise: {@code .sluice} beside the launcher. */
record Home(Path folder) {

    /** The launcher's word; without a launcher, below the working directory. */
    static Home ofProcess() {
        return new Home(Path.of(System.getProperty("sluice.home", ".sluice")).toAbsolutePath());
    }

    /** Unpacked programs, shared between data folders. */
    Path binaries() {
        return folder.resolve("binaries");
    }

    Path data(@Nullable Path wanted, String otherwise) {
        return wanted != null ? wanted : folder.resolve(otherwise);
    }
}
