package dev.sluice.schemas;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** RFC 3339 in UTC with exactly six digits of fraction: {@code 2026-01-02T03:04:05.678901Z}. */
public final class Rfc3339 {

    private static final int SECONDS_A_DAY = 86_400;

    private Rfc3339() {}

    /** Writes an instant; what is below a microsecond is cut off. Valid for years 0 to 9999. */
    public static String format(Instant instant) {
        long seconds = instant.getEpochSecond();
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_A_DAY));
        int second = Math.floorMod(seconds, SECONDS_A_DAY);
        byte[] text = new byte[27];
        digits(text, 0, 4, date.getYear());
        text[4] = '-';
        digits(text, 5, 2, date.getMonthValue());
        text[7] = '-';
        digits(text, 8, 2, date.getDayOfMonth());
        text[10] = 'T';
        digits(text, 11, 2, second / 3600);
        text[13] = ':';
        digits(text, 14, 2, second / 60 % 60);
        text[16] = ':';
        digits(text, 17, 2, second % 60);
        text[19] = '.';
        digits(text, 20, 6, instant.getNano() / 1000);
        text[26] = 'Z';
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
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
