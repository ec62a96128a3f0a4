package dev.sluice.metering;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, or another journal of this one, has the folder. */
public final class JournalLockedException extends IOException {

    JournalLockedException(Path directory) {
        super("the journal in " + directory + " belongs to a running process");
    }
}
