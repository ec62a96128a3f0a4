package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** All that a process says at its usual level while it is open, as {@code ./sluice} would. */
final class OutageLog extends Handler {

    private static final int ONCE = 25;
    private static final int A_SECOND = 3;

    private final Queue<LogRecord> records = new ConcurrentLinkedQueue<>();
    private final OneLineFormatter form = new OneLineFormatter();
    private volatile boolean isListening;
    private volatile long beganNanos;

    private OutageLog() {}

    /** Sets the log up as the gateway does, and listens from {@link #begin}. */
    static OutageLog open() {
        var log = new OutageLog();
        Logging.configure(Verbosity.NORMAL);
        Logger.getLogger("").addHandler(log);
        return log;
    }

    /** Forgets what was said. */
    void begin() {
        records.clear();
        beganNanos = System.nanoTime();
        isListening = true;
    }

    /**
     * What was said since {@link #begin} is little, has no stack, and none of these texts.
     *
     * @return how many records a kind of message had
     */
    Map<String, Long> assertQuiet(Collection<String> secrets) {
        isListening = false;
        List<String> lines = records.stream().map(form::format).toList();
        long seconds = Duration.ofNanos(System.nanoTime() - beganNanos).toSeconds();
        assertThat(lines).hasSizeLessThan(Math.toIntExact(ONCE + A_SECOND * seconds));
        assertThat(lines).allMatch(line -> line.lines().count() == 1);
        assertThat(lines).noneMatch(line -> secrets.stream().anyMatch(line::contains));
        assertThat(records.stream().filter(OutageLog::isAlarmOfOurs).map(form::format)).isEmpty();
        return records.stream()
                .collect(
                        Collectors.groupingBy(
                                record -> record.getLoggerName() + ": " + record.getMessage(),
                                Collectors.counting()));
    }

    /** The broker and the streams in this process have alarms of their own. */
    private static boolean isAlarmOfOurs(LogRecord record) {
        return record.getLevel().intValue() >= Level.SEVERE.intValue()
                && record.getLoggerName().startsWith("dev.sluice");
    }

    @Override
    public void publish(LogRecord record) {
        if (isListening) {
            records.add(record);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        Logger.getLogger("").removeHandler(this);
        try {
            LogManager.getLogManager().readConfiguration();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
