package dev.sluice.semantics.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;

class WordPieceTest {

    private static WordPiece words;

    @BeforeAll
    static void reads() throws IOException {
        words = new WordPiece(Vocabulary.bundled());
    }

    private static long[] pieces(String text) {
        return words.pieces(text, 256);
    }

    @Test
    void numbersWordsAsTheModelDoes() {
        assertThat(pieces("What is the capital of France?"))
                .containsExactly(101, 2054, 2003, 1996, 3007, 1997, 2605, 1029, 102);
        assertThat(pieces("hello world")).containsExactly(101, 7592, 2088, 102);
    }

    @Test
    void takesTheLongestPieceFirst() {
        assertThat(pieces("unaffable")).containsExactly(101, 14477, 20961, 3468, 102);
    }

    @Test
    void dropsAccentsAndCase() {
        assertThat(pieces("Café NAÏVE résumé")).isEqualTo(pieces("cafe naive resume"));
        assertThat(pieces("Zürich")).isEqualTo(pieces("zurich"));
    }

    @Test
    void takesChineseCharactersOneByOne() {
        assertThat(pieces("日本")).hasSize(4).isEqualTo(pieces("日 本"));
    }

    @Test
    void readsCyrillicAndCodeAndSigns() {
        assertThat(pieces("привет")).hasSizeGreaterThan(2).doesNotContain(100);
        assertThat(pieces("a_b(c)")).isEqualTo(pieces("a _ b ( c )"));
        assertThat(pieces("x==y")).isEqualTo(pieces("x = = y"));
    }

    @Test
    void knowsNoEmojiButGoesOn() {
        assertThat(pieces("hello 😀 world")).containsExactly(101, 7592, 100, 2088, 102);
    }

    @Test
    void dropsWhatCannotBeSeen() {
        assertThat(pieces("hel\u0000lo\u200B wor\uFFFDld")).isEqualTo(pieces("hello world"));
        assertThat(pieces("hello\u00A0\t\r\nworld")).isEqualTo(pieces("hello world"));
        assertThat(pieces("hello \uD800 world")).isEqualTo(pieces("hello world"));
    }

    @Test
    void makesOneUnknownOfAWordThatIsTooLong() {
        assertThat(pieces("x".repeat(101))).containsExactly(101, 100, 102);
    }

    @Test
    void hasOnlyItsMarksForNothing() {
        assertThat(pieces("")).containsExactly(101, 102);
        assertThat(pieces(" \n ")).containsExactly(101, 102);
    }

    @Test
    void takesAsManyPiecesAsMayBeAndNoneOfMore() {
        assertThat(pieces("hello ".repeat(254))).hasSize(256);
        assertThat(pieces("hello ".repeat(255))).isEmpty();
        assertThat(pieces("hello ".repeat(2_000))).isEmpty();
        assertThat(pieces("!".repeat(10_000))).isEmpty();
    }

    @Test
    void knowsHowRareAWordIs() throws IOException {
        Vocabulary vocabulary = Vocabulary.bundled();

        assertThat(vocabulary.rank("the")).isLessThan(vocabulary.rank("city"));
        assertThat(vocabulary.rank("city")).isLessThan(vocabulary.rank("mustache"));
        assertThat(vocabulary.rank("xyzzyx")).isEqualTo(Integer.MAX_VALUE);
    }
}
