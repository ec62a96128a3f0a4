package dev.sluice.semantics.guards;

import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Findings.Word;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Takes fingerprints. Those of different keys cannot be compared; immutable, for all threads. */
public final class Fingerprints {

    /** The bytes of a key. */
    public static final int KEY_BYTES = WordHash.KEY_BYTES;

    /** Longer texts are not compared; what is behind it is not even read. */
    static final int TOKENS_MAX = 600;

    private static final int CHARACTERS_MAX = 16_000;

    private final Lexicon lexicon;
    private final Languages languages;
    private final Rephrasing rephrasing;
    private final Vocabulary vocabulary;
    private final WordHash hash;

    /**
     * Fingerprints by a key.
     *
     * @param key 16 secret bytes, the same wherever fingerprints are to be compared
     * @param vocabulary which tells rare words from frequent ones
     * @throws IOException if the lists of words are not on the class path
     */
    public Fingerprints(byte[] key, Vocabulary vocabulary) throws IOException {
        this.hash = new WordHash(key);
        this.vocabulary = vocabulary;
        this.lexicon = new Lexicon();
        this.languages = new Languages(lexicon);
        this.rephrasing = new Rephrasing();
    }

    /** The fingerprint of a text. */
    public Fingerprint of(String text) {
        boolean whole = text.length() <= CHARACTERS_MAX;
        String read = rephrasing.unwrapped(whole ? text : text.substring(0, CHARACTERS_MAX));
        List<Token> tokens = Contractions.resolved(Lexer.tokens(read, TOKENS_MAX + 1));
        whole &= tokens.size() <= TOKENS_MAX;
        Speech speech = languages.of(tokens);
        Set<Question> questions = Question.of(tokens);
        Findings findings = new Reading(vocabulary, speech, questions, tokens).of(read);
        byte[] counts = {
            (byte) Math.min(findings.denials, 15),
            (byte) Math.min(findings.exceptions, 15),
            (byte) findings.tenses
        };
        int[][] sections = {
            hashes(findings.numbers),
            hashes(findings.dates),
            sorted(hashes(findings.units)),
            hashes(findings.code),
            sorted(hashes(findings.quotes)),
            sorted(bare(hashes(findings.names))),
            bare(hashes(findings.poles)),
            denied(findings.denied),
            sorted(hashes(findings.extents)),
            hashes(findings.persons),
            words(findings.words)
        };
        return new Fingerprint(
                whole,
                Languages.script(read),
                speech.language().number(),
                bits(questions),
                counts,
                sections);
    }

    private static int bits(Set<Question> questions) {
        int bits = 0;
        for (Question kind : questions) {
            bits |= kind.bit();
        }
        return bits;
    }

    private int[] words(List<Word> words) {
        int[] hashes = new int[words.size()];
        for (int i = 0; i < hashes.length; i++) {
            Word word = words.get(i);
            hashes[i] = (hash.of(word.stem()) & ~Fingerprint.WEIGHT_MAX) | word.weight();
        }
        return hashes;
    }

    private int[] denied(List<String> words) {
        return words.stream()
                .mapToInt(word -> word.isEmpty() ? Fingerprint.ANYTHING : hash.of(word) | 1)
                .toArray();
    }

    private int[] hashes(List<String> texts) {
        return texts.stream().mapToInt(hash::of).toArray();
    }

    private static int[] bare(int[] hashes) {
        return Arrays.stream(hashes).map(Fingerprint::bare).toArray();
    }

    private static int[] sorted(int[] hashes) {
        Arrays.sort(hashes);
        return hashes;
    }
}
