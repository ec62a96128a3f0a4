package dev.sluice.semantics.guards;

import dev.sluice.semantics.encoding.Vocabulary;
import dev.sluice.semantics.guards.Findings.Word;
import dev.sluice.semantics.guards.Lexicon.Pole;
import dev.sluice.semantics.guards.Token.Kind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from one text what the guards compare. */
final class Reading {

    private static final Pattern QUOTED =
            Pattern.compile("\"([^\"]{1,300})\"|[“„]([^”“„]{1,300})[”“]|[«]([^»]{1,300})[»]");
    private static final Set<String> COORDINATING =
            Set.of("and", "or", "vs", "versus", "und", "oder", "et", "y", "o");
    private static final List<String> PREFIXES =
            List.of("un", "non", "dis", "in", "im", "ir", "il", "mis", "anti");

    private final Lexicon lexicon;
    private final Vocabulary vocabulary;
    private final Speech speech;
    private final Language language;
    private final Set<Question> questions;
    private final List<Token> tokens;
    private final Letters letters;
    private final boolean shouted;
    private final Extents extents;
    private final Findings findings = new Findings();

    Reading(Vocabulary vocabulary, Speech speech, Set<Question> questions, List<Token> tokens) {
        this.lexicon = speech.lexicon();
        this.vocabulary = vocabulary;
        this.speech = speech;
        this.language = speech.language();
        this.questions = questions;
        this.tokens = tokens;
        this.letters = new Letters(lexicon, speech, tokens);
        this.shouted = letters.areShouted();
        this.extents = new Extents(lexicon, language, tokens, questions);
    }

    /** What is found in the text of these tokens. */
    Findings of(String text) {
        quotes(text);
        var numbers = new NumberReader(lexicon, language, tokens, findings);
        for (int at = 0; at < tokens.size(); ) {
            int taken = numbers.take(at);
            if (taken == 0) {
                Token token = tokens.get(at);
                switch (token.kind()) {
                    case WORD -> {
                        if (lexicon.denies(token.plain(), language)) {
                            findings.denials++;
                            findings.denied.add(denied(at));
                        } else {
                            word(at);
                            Directions.read(tokens, at, speech, this::stem, findings.poles);
                        }
                    }
                    case CODE, SIGN -> findings.code.add(token.written());
                    case NUMBER, TIME, STOP -> {}
                }
                taken = 1;
            }
            at += taken;
        }
        findings.tenses = Tenses.of(tokens, questions, lexicon, language);
        findings.persons.addAll(Persons.of(tokens, lexicon, language, questions));
        coordinate();
        return findings;
    }

    /**
     * What is denied: the next word with a meaning, or else the next at all. Nothing in particular
     * at the beginning of a question, where the denial stands before who does it.
     */
    private String denied(int at) {
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
                if (!speech.isSmall(token.plain())) {
                    return stem(token);
                }
                next = next.isEmpty() ? token.plain() : next;
            }
        }
        return next;
    }

    private void quotes(String text) {
        if (text.chars().noneMatch(character -> "\"“„«".indexOf(character) >= 0)) {
            return;
        }
        Matcher matcher = QUOTED.matcher(text);
        while (matcher.find()) {
            List<String> words = new ArrayList<>();
            for (Token token : Lexer.tokens(matcher.group(), Fingerprints.TOKENS_MAX)) {
                if (!token.is(Kind.STOP)) {
                    words.add(token.plain());
                }
            }
            findings.quotes.add(String.join(" ", words));
        }
    }

    private void word(int at) {
        Token token = tokens.get(at);
        String plain = token.plain();
        if (lexicon.excepts(plain, language)) {
            findings.exceptions++;
        }
        if (letters.isName(at, shouted)) {
            name("letter " + plain);
        } else if (letters.isAcronym(at, shouted) && lexicon.extent(plain, language) == null) {
            name("acronym " + plain);
        } else if (!extent(at)) {
            String stem = stem(token);
            findings.words.add(new Word(stem, weight(plain, stem), isAdverb(token)));
            poles(plain, stem);
            if (isName(token)) {
                findings.names.add(stem);
            }
        }
    }

    private void name(String name) {
        findings.names.add(name);
        findings.words.add(new Word(name, Fingerprint.WEIGHT_MAX, false));
    }

    private boolean extent(int at) {
        String extent = extents.at(at);
        if (extent == null) {
            return false;
        }
        findings.extents.add(extent);
        Token token = tokens.get(at);
        poles(token.plain(), stem(token));
        findings.words.add(new Word("=" + extent, Extents.hasOrder(extent) ? 2 : 0, false));
        return true;
    }

    /** Quickly, but neither Emily nor family. */
    private boolean isAdverb(Token token) {
        return Words.isAdverb(token.plain())
                && !lexicon.isName(token.plain())
                && (token.first() || !Character.isUpperCase(token.written().codePointAt(0)));
    }

    private String stem(Token token) {
        String unit = lexicon.unit(token);
        return stem(unit == null ? token.plain() : unit);
    }

    private String stem(String plain) {
        return lexicon.synonym(lexicon.isName(plain) ? plain : Words.stem(plain));
    }

    private void poles(String plain, String stem) {
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

    private boolean isName(Token token) {
        String plain = token.plain();
        if (lexicon.isName(plain)) {
            return true;
        }
        boolean capital = Character.isUpperCase(token.written().codePointAt(0));
        return capital && !token.first() && !shouted && !speech.isSmall(plain);
    }

    /** From 0 for what holds the sentence together to 7 for words that hardly anybody uses. */
    private int weight(String plain, String stem) {
        if (speech.isSmall(plain)) {
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
    private void coordinate() {
        List<Word> ordered = findings.words;
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
    }
}
