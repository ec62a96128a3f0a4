package dev.sluice.standalone;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** Sets the log up: one line a record on standard error, third parties quiet unless asked for. */
final class Logging {

    private static final String RESOURCE = "quiet-log.properties";

    private Logging() {}

    /** Must run before the first logger is made. */
    static void install() {
        System.setProperty("java.util.logging.manager", PatientLogManager.class.getName());
    }

    static void configure(Verbosity verbosity) {
        Properties levels = new Properties();
        try (InputStream resource = Logging.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException("no resource " + RESOURCE);
            }
            levels.load(resource);
            adapt(levels, verbosity);
            var text = new ByteArrayOutputStream();
            levels.store(text, null);
            LogManager.getLogManager()
                    .readConfiguration(new ByteArrayInputStream(text.toByteArray()));
            // Made at the first record otherwise, and not at all if that comes while we stop.
            var _ = Logger.getLogger("").getHandlers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void adapt(Properties levels, Verbosity verbosity) {
        switch (verbosity) {
            case QUIET -> levels.setProperty("dev.sluice.level", "SEVERE");
            case NORMAL -> {}
            case DEBUG -> levels.setProperty("dev.sluice.level", "FINE");
            case DETAILED -> {
                levels.keySet().removeIf(key -> isLibraryLevel(key.toString()));
                levels.setProperty(".level", "INFO");
                levels.setProperty("dev.sluice.level", "FINEST");
            }
        }
    }

    private static boolean isLibraryLevel(String key) {
        return key.endsWith(".level") && !key.startsWith("java.util.logging.");
    }
}
