package dev.sluice.semantics.encoding;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Text into pieces of words, as BERT's uncased tokenizer does it: lower case, accents dropped,
 * punctuation and Chinese characters apart, then the longest piece that fits, again and again.
 */
final class WordPiece {

    private static final int WORD_MAX = 100;

    private final Vocabulary vocabulary;

    WordPiece(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * The numbers of the pieces between the model's marks of beginning and end, or nothing of it if
     * there are more than {@code most}, the marks included.
     *
     * @return an empty array if the text is too long
     */
    long[] pieces(String text, int most) {
        var pieces = new Pieces(most);
        pieces.add(vocabulary.first());
        var word = new StringBuilder();
        String plain = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        for (int at = 0; at < plain.length() && !pieces.full; ) {
            int point = plain.codePointAt(at);
            at += Character.charCount(point);
            take(point, word, pieces);
        }
        end(word, pieces);
        pieces.add(vocabulary.last());
        return pieces.full ? new long[0] : pieces.taken();
    }

    private void take(int point, StringBuilder word, Pieces pieces) {
        int type = Character.getType(point);
        if (isBlank(point, type)) {
            end(word, pieces);
        } else if (isDropped(point, type)) {
            // As if it were not there: the word goes on behind it.
        } else if (isPunctuation(point, type) || isChinese(point)) {
            end(word, pieces);
            word.appendCodePoint(point);
            end(word, pieces);
        } else {
            word.appendCodePoint(point);
        }
    }

    private void end(StringBuilder word, Pieces pieces) {
        if (!word.isEmpty()) {
            split(word.toString(), pieces);
            word.setLength(0);
        }
    }

    /** A word of which one part is unknown is unknown as a whole. */
    private void split(String word, Pieces pieces) {
        int before = pieces.count;
        if (word.codePointCount(0, word.length()) > WORD_MAX) {
            pieces.add(vocabulary.unknown());
            return;
        }
        for (int start = 0; start < word.length() && !pieces.full; ) {
            int end = word.length();
            Integer found = null;
            for (; end > start && found == null; end--) {
                String part = word.substring(start, end);
                found = vocabulary.number(start == 0 ? part : "##" + part);
            }
            if (found == null) {
                pieces.count = before;
                pieces.add(vocabulary.unknown());
                return;
            }
            pieces.add(found);
            start = end + 1;
        }
    }

    private static boolean isBlank(int point, int type) {
        return point == '\t' || point == '\n' || point == '\r' || type == Character.SPACE_SEPARATOR;
    }

    private static boolean isDropped(int point, int type) {
        return switch (type) {
            case Character.NON_SPACING_MARK,
                    Character.CONTROL,
                    Character.FORMAT,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    true;
            default -> point == 0xFFFD;
        };
    }

    private static boolean isPunctuation(int point, int type) {
        if (point < 128) {
            return point > ' ' && point < 127 && !Character.isLetterOrDigit(point);
        }
        return switch (type) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                    true;
            default -> false;
        };
    }

    private static boolean isChinese(int point) {
        return (point >= 0x4E00 && point <= 0x9FFF)
                || (point >= 0x3400 && point <= 0x4DBF)
                || (point >= 0x20000 && point <= 0x2CEAF)
                || (point >= 0xF900 && point <= 0xFAFF)
                || (point >= 0x2F800 && point <= 0x2FA1F);
    }

    /** As many as may be, and whether there would be more. */
    private static final class Pieces {
        private final long[] numbers;
        private int count;
        private boolean full;

        Pieces(int most) {
            this.numbers = new long[most];
        }

        void add(int number) {
            if (count == numbers.length) {
                full = true;
            } else {
                numbers[count++] = number;
            }
        }

        long[] taken() {
            return Arrays.copyOf(numbers, count);
        }
    }
}
