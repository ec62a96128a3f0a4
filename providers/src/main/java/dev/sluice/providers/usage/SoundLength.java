package dev.sluice.providers.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * How long a sound file plays: exact for WAV and FLAC, by its first frame for MP3, else an estimate
 * from its size.
 */
final class SoundLength {

    private static final int USUAL_BITS_A_SECOND = 128_000;
    private static final int[] MP3_KBITS_V1 = {
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320
    };
    private static final int[] MP3_KBITS_V2 = {
        0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160
    };

    private SoundLength() {}

    /** Milliseconds, at least 1 for a file with a byte. */
    static long millis(byte[] bytes, int start, int end) {
        long size = (long) end - start;
        if (size <= 0) {
            return 0;
        }
        long exact;
        if (is(bytes, start, end, "RIFF") && is(bytes, start + 8, end, "WAVE")) {
            exact = wav(bytes, start, end);
        } else if (is(bytes, start, end, "fLaC")) {
            exact = flac(bytes, start, end);
        } else {
            exact = mp3(bytes, start, end);
        }
        return Math.max(1, exact >= 0 ? exact : size * 8 * 1000 / USUAL_BITS_A_SECOND);
    }

    /** The bytes of sound by the bytes a second; a length that is not believable is the rest. */
    private static long wav(byte[] bytes, int start, int end) {
        long bytesASecond = 0;
        int at = start + 12;
        while (at + 8 <= end) {
            long size = littleEndian(bytes, at + 4);
            if (is(bytes, at, end, "fmt ") && at + 20 <= end) {
                bytesASecond = littleEndian(bytes, at + 16);
            } else if (is(bytes, at, end, "data")) {
                long sound = Math.min(size, end - at - 8L);
                return bytesASecond <= 0 ? -1 : sound * 1000 / bytesASecond;
            }
            long next = at + 8L + size + (size & 1);
            if (next > end) {
                return -1;
            }
            at = (int) next;
        }
        return -1;
    }

    private static long flac(byte[] bytes, int start, int end) {
        if (start + 26 > end) {
            return -1;
        }
        long packed = 0;
        for (int i = start + 18; i < start + 26; i++) {
            packed = packed << 8 | (bytes[i] & 0xff);
        }
        long rate = packed >>> 44;
        long samples = packed & 0xfffffffffL;
        return rate == 0 || samples == 0 ? -1 : samples * 1000 / rate;
    }

    private static long mp3(byte[] bytes, int start, int end) {
        int at = start;
        if (is(bytes, at, end, "ID3") && at + 10 <= end) {
            int tag = 0;
            for (int i = at + 6; i < at + 10; i++) {
                tag = tag << 7 | (bytes[i] & 0x7f);
            }
            at += 10 + tag;
        }
        if (at < start || at + 4 > end || bytes[at] != (byte) 0xff) {
            return -1;
        }
        int second = bytes[at + 1] & 0xff;
        int version = second >> 3 & 3;
        int layer = second >> 1 & 3;
        int rate = (bytes[at + 2] & 0xff) >> 4;
        if ((second & 0xe0) != 0xe0 || layer != 1 || version == 1 || rate == 0 || rate == 15) {
            return -1;
        }
        int kbits = (version == 3 ? MP3_KBITS_V1 : MP3_KBITS_V2)[rate];
        return (long) (end - at) * 8 / kbits;
    }

    private static boolean is(byte[] bytes, int at, int end, String text) {
        byte[] wanted = text.getBytes(ISO_8859_1);
        if (at + wanted.length > end) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static long littleEndian(byte[] bytes, int at) {
        return (bytes[at] & 0xffL)
                | (bytes[at + 1] & 0xffL) << 8
                | (bytes[at + 2] & 0xffL) << 16
                | (bytes[at + 3] & 0xffL) << 24;
    }
}
