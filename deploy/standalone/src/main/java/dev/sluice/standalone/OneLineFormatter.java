package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One record, one line: what is thrown is told by its chain of causes, by its stack at debug. */
public final class OneLineFormatter extends Formatter {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx")
                    .withZone(ZoneId.systemDefault());
    private static final int CAUSES_MAX = 5;

    /** For the JDK, which finds it by the log's configuration. */
    public OneLineFormatter() {}

    @Override
    public String format(LogRecord record) {
        var line = new StringBuilder(160);
        TIME.formatTo(record.getInstant(), line);
        line.append(' ').append(level(record.getLevel()));
        line.append(' ').append(lastPart(record.getLoggerName()));
        line.append(": ").append(oneLine(formatMessage(record)));
        Throwable thrown = record.getThrown();
        if (thrown != null) {
            appendCauses(line, thrown);
        }
        line.append(System.lineSeparator());
        if (thrown != null && Logger.getLogger("dev.sluice").isLoggable(Level.FINE)) {
            appendStack(line, thrown);
        }
        return line.toString();
    }

    private static String level(Level level) {
        int value = level.intValue();
        if (value >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (value >= Level.WARNING.intValue()) {
            return "WARN ";
        }
        if (value >= Level.INFO.intValue()) {
            return "INFO ";
        }
        return "DEBUG";
    }

    private static String lastPart(@Nullable String logger) {
        return logger == null ? "" : logger.substring(logger.lastIndexOf('.') + 1);
    }

    private static String oneLine(String text) {
        return text.indexOf('\n') < 0 ? text : text.strip().replaceAll("\\s*\\R\\s*", " | ");
    }

    private static void appendCauses(StringBuilder line, Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            line.append(depth == 0 ? " -- " : " <- ").append(cause.getClass().getSimpleName());
            String message = cause.getMessage();
            if (message != null) {
                line.append(": ").append(oneLine(message));
            }
            cause = cause.getCause();
        }
    }

    private static void appendStack(StringBuilder line, Throwable thrown) {
        var stack = new StringWriter();
        try (var writer = new PrintWriter(stack)) {
            for (StackTraceElement frame : thrown.getStackTrace()) {
                writer.println("    at " + frame);
            }
        }
        line.append(stack);
    }
}
