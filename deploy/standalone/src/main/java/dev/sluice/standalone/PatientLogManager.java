package dev.sluice.standalone;

import java.util.logging.LogManager;

/**
 * The JDK's log manager, but one that does not silence the log while the process still drains: the
 * JDK resets it in a shutdown hook that runs beside ours.
 */
public final class PatientLogManager extends LogManager {

    /** For the JDK, which finds it by a system property. */
    public PatientLogManager() {}

    @Override
    public void reset() {
        boolean atShutdown =
                Thread.currentThread().getClass().getEnclosingClass() == LogManager.class;
        if (!atShutdown) {
            super.reset();
        }
    }
}
