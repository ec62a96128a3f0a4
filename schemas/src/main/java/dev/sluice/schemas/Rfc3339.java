package dev.sluice.schemas;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** RFC 3339 in UTC with exactly six digits of fraction: {@code 2026-01-02T03:04:05.678901Z}. */
public final class Rfc3339 {

    /** The length of every text that is written. */
    static final int LENGTH = 27;

    private static final int SECONDS_A_DAY = 86_400;

    private Rfc3339() {}

    /** Writes an instant; what is below a microsecond is cut off. Valid for years 0 to 9999. */
    public static String format(Instant instant) {
        byte[] text = new byte[LENGTH];
        write(instant, text, 0);
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The same into an array that has {@link #LENGTH} bytes of room at {@code at}. */
    static void write(Instant instant, byte[] text, int at) {
        long seconds = instant.getEpochSecond();
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_A_DAY));
        int second = Math.floorMod(seconds, SECONDS_A_DAY);
        digits(text, at, 4, date.getYear());
        text[at + 4] = '-';
        digits(text, at + 5, 2, date.getMonthValue());
        text[at + 7] = '-';
        digits(text, at + 8, 2, date.getDayOfMonth());
        text[at + 10] = 'T';
        digits(text, at + 11, 2, second / 3600);
        text[at + 13] = ':';
        digits(text, at + 14, 2, second / 60 % 60);
        text[at + 16] = ':';
        digits(text, at + 17, 2, second % 60);
        text[at + 19] = '.';
        digits(text, at + 20, 6, instant.getNano() / 1000);
        text[at + 26] = 'Z';
    }

    /** Reads any RFC 3339 time, in UTC or with an offset. */
    public static Instant parse(String text) {
        return java.time.OffsetDateTime.parse(text)
                .withOffsetSameInstant(ZoneOffset.UTC)
                .toInstant();
    }

    private static void digits(byte[] text, int at, int width, int value) {
        int rest = value;
        for (int i = at + width - 1; i >= at; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
