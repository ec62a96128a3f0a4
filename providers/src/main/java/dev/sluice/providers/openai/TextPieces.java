package dev.sluice.providers.openai;

import java.util.ArrayList;
import java.util.List;

/** Cuts a text into pieces of about a word. */
final class TextPieces {

    /** A text never falls into more pieces than about this: a long one gets longer pieces. */
    private static final int PIECES_MAX = 2_048;

    private static final int PIECE_CHARS_MAX = 24;

    private TextPieces() {}

    /** The pieces in order; a word keeps the space before it, and no character is cut in two. */
    static List<String> of(String text) {
        int shortest = text.length() / PIECES_MAX;
        List<String> pieces = new ArrayList<>();
        int start = 0;
        for (int i = 1; i < text.length(); i++) {
            int length = i - start;
            boolean startsWord =
                    Character.isWhitespace(text.charAt(i))
                            && !Character.isWhitespace(text.charAt(i - 1));
            boolean isLong = length >= PIECE_CHARS_MAX;
            boolean splitsCharacter = Character.isLowSurrogate(text.charAt(i));
            if ((startsWord || isLong) && length >= shortest && !splitsCharacter) {
                pieces.add(text.substring(start, i));
                start = i;
            }
        }
        if (start < text.length()) {
            pieces.add(text.substring(start));
        }
        return pieces;
    }
}
