package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.logging.Level;
import java.util.logging.LogRecord;

class OneLineFormatterTest {

    private final OneLineFormatter formatter = new OneLineFormatter();

    @Test
    void writesTimeLevelLoggerAndMessage() {
        var record = new LogRecord(Level.WARNING, "deployment=a slow");
        record.setLoggerName("dev.sluice.ingress.Ingress");

        assertThat(formatter.format(record))
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}[+-]\\d\\d:\\d\\d WARN  Ingress: deployment=a slow\\R");
    }

    @Test
    void tellsCausesInTheSameLine() {
        var record = new LogRecord(Level.SEVERE, "cannot stop");
        record.setThrown(
                new IllegalStateException("first\nsecond", new ArithmeticException("third")));

        assertThat(formatter.format(record))
                .endsWith(
                        "cannot stop -- IllegalStateException: first | second <- ArithmeticException: third"
                                + System.lineSeparator())
                .hasLineCount(1);
    }

    @Test
    void keepsAMessageOfSeveralLinesInOne() {
        assertThat(formatter.format(new LogRecord(Level.INFO, "a\r\n  b\n\nc")))
                .contains("a | b | c")
                .hasLineCount(1);
    }
}
