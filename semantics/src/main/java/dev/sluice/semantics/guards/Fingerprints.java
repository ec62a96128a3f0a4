package dev.sluice.semantics.guards;

import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Findings.Word;
import dev.sluice.semantics.guards.Lexicon.Pole;
import dev.sluice.semantics.guards.Token.Kind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes fingerprints. Those of different keys cannot be compared; immutable, for all threads. */
public final class Fingerprints {

    /** The bytes of a key. */
    public static final int KEY_BYTES = WordHash.KEY_BYTES;

    /** Longer texts are not compared; what is behind it is not even read. */
    static final int TOKENS_MAX = 600;

    private static final int CHARACTERS_MAX = 16_000;
    private static final Pattern QUOTED =
            Pattern.compile("\"([^\"]{1,300})\"|[“„]([^”“„]{1,300})[”“]|[«]([^»]{1,300})[»]");
    private static final int PAST = 1;
    private static final int FUTURE = 2;
    private static final Set<String> PAST_WORDS =
            Set.of("was", "were", "did", "had", "didnt", "wasnt");
    private static final Set<String> FUTURE_WORDS = Set.of("will", "shall", "ll", "wont");
    private static final Set<String> COORDINATING =
            Set.of("and", "or", "vs", "versus", "und", "oder", "et", "y", "o");
    private static final List<String> PREFIXES =
            List.of("un", "non", "dis", "in", "im", "ir", "il", "mis", "anti");

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
        Language language = languages.of(tokens);
        Findings findings = findings(read, tokens, language);
        byte[] counts = {
            (byte) Math.min(findings.denials, 15),
            (byte) Math.min(findings.exceptions, 15),
            (byte) (Question.asksWhich(tokens) ? findings.tenses : 0)
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
            words(coordinated(findings.words))
        };
        return new Fingerprint(
                whole,
                Languages.script(read),
                language.number(),
                questions(tokens),
                counts,
                sections);
    }

    private static int questions(List<Token> tokens) {
        int bits = 0;
        for (Question kind : Question.of(tokens)) {
            bits |= kind.bit();
        }
        return bits;
    }

    private Findings findings(String text, List<Token> tokens, Language language) {
        var findings = new Findings();
        quotes(text, findings);
        boolean shouted = isShouted(tokens);
        var numbers = new NumberReader(lexicon, language, tokens, findings);
        for (int at = 0; at < tokens.size(); ) {
            int taken = numbers.take(at);
            if (taken == 0) {
                Token token = tokens.get(at);
                switch (token.kind()) {
                    case WORD -> {
                        if (lexicon.denies(token.plain(), language)) {
                            findings.denials++;
                            findings.denied.add(denied(tokens, at));
                        } else {
                            word(token, language, shouted, findings);
                            Directions.read(tokens, at, lexicon, this::stem, findings.poles);
                        }
                    }
                    case CODE -> findings.code.add(token.written());
                    case SIGN -> sign(token.written(), findings);
                    case NUMBER, TIME, STOP -> {}
                }
                taken = 1;
            }
            at += taken;
        }
        return findings;
    }

    /**
     * What is denied: the next word with a meaning, or else the next at all. Nothing in particular
     * at the beginning of a question, where the denial stands before who does it.
     */
    private String denied(List<Token> tokens, int at) {
        if (tokens.get(at).first()
                || at < 3
                || tokens.get(at - 1).first()
                || tokens.get(at - 2).first()) {
            return "";
        }
        String next = "";
        for (int i = at + 1; i < tokens.size() && !tokens.get(i).first(); i++) {
            Token token = tokens.get(i);
            if (token.is(Kind.WORD)) {
                if (lexicon.functionOf(token.plain()).isEmpty()) {
                    return stem(token.plain());
                }
                next = next.isEmpty() ? token.plain() : next;
            }
        }
        return next;
    }

    private void quotes(String text, Findings findings) {
        Matcher matcher = QUOTED.matcher(text);
        while (matcher.find()) {
            List<String> words = new ArrayList<>();
            for (Token token : Lexer.tokens(matcher.group(), TOKENS_MAX)) {
                if (!token.is(Kind.STOP)) {
                    words.add(token.plain());
                }
            }
            findings.quotes.add(String.join(" ", words));
        }
    }

    /** Marks of layout mean nothing; what is left is arithmetic or code. */
    private static void sign(String sign, Findings findings) {
        if (!sign.contains("**")
                && !sign.contains("|")
                && !sign.startsWith("~")
                && !sign.equals("\\")) {
            findings.code.add(sign.equals("−") ? "-" : sign);
        }
    }

    private void word(Token token, Language language, boolean shouted, Findings findings) {
        String plain = token.plain();
        if (lexicon.excepts(plain, language)) {
            findings.exceptions++;
        }
        if (language == Language.ENGLISH || language == Language.UNKNOWN) {
            findings.tenses |=
                    PAST_WORDS.contains(plain) ? PAST : FUTURE_WORDS.contains(plain) ? FUTURE : 0;
        }
        String stem = stem(plain);
        findings.words.add(new Word(stem, weight(token, stem), isAdverb(plain)));
        poles(plain, stem, findings);
        if (isName(token, shouted)) {
            findings.names.add(stem);
        }
    }

    private static boolean isAdverb(String plain) {
        return plain.length() > 4 && plain.endsWith("ly");
    }

    private String stem(String plain) {
        String unit = lexicon.unit(plain);
        return lexicon.synonym(Words.stem(unit == null ? plain : unit));
    }

    private void poles(String plain, String stem, Findings findings) {
        for (Pole pole : lexicon.poles(plain)) {
            findings.poles.add(pole.own());
            findings.poles.add(pole.opposite());
        }
        for (String prefix : PREFIXES) {
            if (plain.length() >= prefix.length() + 3 && plain.startsWith(prefix)) {
                findings.poles.add(stem);
                findings.poles.add(stem(plain.substring(prefix.length())));
            }
        }
    }

    private boolean isName(Token token, boolean shouted) {
        String plain = token.plain();
        if (lexicon.isName(plain)) {
            return true;
        }
        boolean capital = Character.isUpperCase(token.written().codePointAt(0));
        if (!capital || token.first() || shouted || plain.equals("i")) {
            return false;
        }
        // The vitamin A, but not the article of a title.
        return plain.length() == 1 || lexicon.functionOf(plain).isEmpty();
    }

    /** The Way of Titles, OR OF THOSE WHO SHOUT: capitals there say nothing of names. */
    private boolean isShouted(List<Token> tokens) {
        int capital = 0;
        for (Token token : tokens) {
            boolean small =
                    token.is(Kind.WORD)
                            && !token.first()
                            && token.plain().length() > 1
                            && !lexicon.functionOf(token.plain()).isEmpty();
            capital += small && Character.isUpperCase(token.written().codePointAt(0)) ? 1 : 0;
        }
        return capital >= 2;
    }

    /** From 0 for what holds the sentence together to 7 for words that hardly anybody uses. */
    private int weight(Token token, String stem) {
        String plain = token.plain();
        if (!lexicon.functionOf(plain).isEmpty()) {
            return 0;
        }
        if (lexicon.isLight(plain)) {
            return 1;
        }
        if (lexicon.isName(plain)) {
            return Fingerprint.WEIGHT_MAX;
        }
        int rank = Math.min(vocabulary.rank(plain), vocabulary.rank(stem));
        if (lexicon.restricts(plain) && rank < 5_300) {
            return 4;
        }
        if (rank < 2_300) {
            return 2;
        }
        if (rank < 3_300) {
            return 3;
        }
        if (rank < 5_300) {
            return 4;
        }
        if (rank < 9_300) {
            return 5;
        }
        return rank < 30_522 ? 6 : Fingerprint.WEIGHT_MAX;
    }

    /** Law and sociology, sociology and law: what stands around such a word has no order. */
    private static List<Word> coordinated(List<Word> words) {
        List<Word> ordered = new ArrayList<>(words);
        for (int i = 1; i + 1 < ordered.size(); i++) {
            Word before = ordered.get(i - 1);
            Word behind = ordered.get(i + 1);
            if (COORDINATING.contains(ordered.get(i).stem())
                    && before.weight() > 0
                    && behind.weight() > 0
                    && before.stem().compareTo(behind.stem()) > 0) {
                ordered.set(i - 1, behind);
                ordered.set(i + 1, before);
            }
        }
        // Quickly lose, lose quickly: adverbs stand where they like.
        ordered.sort(Comparator.comparing(word -> word.adverb() ? word.stem() : ""));
        return ordered;
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
