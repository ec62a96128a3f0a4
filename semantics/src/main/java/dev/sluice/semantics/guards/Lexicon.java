package dev.sluice.semantics.guards;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Our own lists of words, from the files beside this class. All words are plain ones. */
final class Lexicon {

    private final Map<String, Set<Language>> functionWords = new HashMap<>();
    private final Map<String, List<Pole>> poles = new HashMap<>();
    private final Map<Language, Map<String, NumberWord>> numberWords = new HashMap<>();
    private final Map<Language, Set<String>> denials = new HashMap<>();
    private final Map<Language, Set<String>> exceptions = new HashMap<>();
    private final Map<Language, Map<String, String>> extents = new HashMap<>();
    private final Map<Language, Map<String, String>> persons = new HashMap<>();
    private final Map<Language, Map<String, Integer>> tenses = new HashMap<>();
    private final Map<String, String> units = new HashMap<>();
    private final Map<String, String> exactUnits = new HashMap<>();
    private final Map<String, String> unitsBehindNumbers = new HashMap<>();
    private final Map<String, String> dates = new HashMap<>();
    private final Map<String, String> synonyms = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private final Set<String> numberedWords = new HashSet<>();
    private final Set<String> lightWords = new HashSet<>();
    private final Set<String> restrictingWords = new HashSet<>();

    /** One side of two opposites, and the other. */
    record Pole(String own, String opposite) {}

    /**
     * A word that is a number.
     *
     * @param multiplies what stands before it
     * @param ordinal the third, twice
     */
    record NumberWord(String value, boolean multiplies, boolean ordinal) {}

    Lexicon() throws IOException {
        byLanguage("function-words", this::functionWords);
        byLanguage("numbers", this::numbers);
        byLanguage("negations", this::negations);
        byLanguage("extents", (language, words) -> classes(extents, language, words));
        byLanguage("persons", (language, words) -> classes(persons, language, words));
        byLanguage("tenses", this::tenses);
        canonical("units", this::unit);
        canonical("dates", (word, to) -> dates.put(Words.plain(word), to));
        canonical("synonyms", (word, to) -> synonyms.put(Words.stem(Words.plain(word)), to));
        List<String> opposites = lines("opposites");
        for (int i = 0; i < opposites.size(); i++) {
            opposites(i, opposites.get(i));
        }
        for (String line : lines("names")) {
            words(line).forEach(names::add);
        }
        for (String line : lines("numbered-words")) {
            words(line).forEach(numberedWords::add);
        }
        for (String line : lines("light-words")) {
            words(line).forEach(lightWords::add);
        }
        for (String line : lines("restricting-words")) {
            words(line).forEach(restrictingWords::add);
        }
    }

    /** The languages in which it holds sentences together; none for a word with a meaning. */
    Set<Language> functionOf(String plain) {
        return functionWords.getOrDefault(plain, Set.of());
    }

    List<Pole> poles(String plain) {
        return poles.getOrDefault(plain, List.of());
    }

    @Nullable NumberWord number(String plain, Language language) {
        NumberWord found = in(numberWords, language, plain);
        return found != null || language != Language.UNKNOWN
                ? found
                : in(numberWords, Language.ENGLISH, plain);
    }

    private static @Nullable NumberWord in(
            Map<Language, Map<String, NumberWord>> words, Language language, String plain) {
        return words.getOrDefault(language, Map.of()).get(plain);
    }

    boolean denies(String plain, Language language) {
        return denials.getOrDefault(spoken(language), Set.of()).contains(plain);
    }

    boolean excepts(String plain, Language language) {
        return exceptions.getOrDefault(spoken(language), Set.of()).contains(plain);
    }

    private static Language spoken(Language language) {
        return language == Language.UNKNOWN ? Language.ENGLISH : language;
    }

    /** What a word stands for as a unit: by its capitals where these matter, as in Mb and MB. */
    @Nullable String unit(Token token) {
        String exact = exactUnits.get(token.written());
        return exact == null ? units.get(token.plain()) : exact;
    }

    /** Also what is a unit only right behind a number. */
    @Nullable String unitBehindNumber(String written) {
        String exact = exactUnits.get(written);
        if (exact != null) {
            return exact;
        }
        String plain = Words.plain(written);
        String unit = units.get(plain);
        // 5 m are meters, 5 M are not.
        String behind = written.length() == 1 ? written : plain;
        return unit == null ? unitsBehindNumbers.get(behind) : unit;
    }

    /** How far a word reaches: all, some, only, must; null for one that says nothing of it. */
    @Nullable String extent(String plain, Language language) {
        return extents.getOrDefault(spoken(language), Map.of()).get(plain);
    }

    /** Who is meant by a pronoun. */
    @Nullable String person(String plain, Language language) {
        return persons.getOrDefault(spoken(language), Map.of()).get(plain);
    }

    /** Bits of what was and what will be. */
    int tense(String plain, Language language) {
        return tenses.getOrDefault(spoken(language), Map.of()).getOrDefault(plain, 0);
    }

    /** Whether letters and numbers name one of several behind it: plan B, chapter two. */
    boolean isNumbered(String plain) {
        return numberedWords.contains(plain);
    }

    @Nullable String date(String plain) {
        return dates.get(plain);
    }

    boolean isName(String plain) {
        return names.contains(plain);
    }

    /** Whether it narrows down what is asked, frequent as it may be. */
    boolean restricts(String plain) {
        return restrictingWords.contains(plain) || poles.containsKey(plain);
    }

    boolean isLight(String plain) {
        return lightWords.contains(plain);
    }

    /** The stem that stands for this one and those that mean the same. */
    String synonym(String stem) {
        return synonyms.getOrDefault(stem, stem);
    }

    private void functionWords(Language language, String words) {
        for (String word : words(words)) {
            functionWords.computeIfAbsent(word, _ -> new HashSet<>()).add(language);
        }
    }

    private void numbers(Language language, String words) {
        Map<String, NumberWord> known = numberWords.computeIfAbsent(language, _ -> new HashMap<>());
        for (String word : words.split(" ", -1)) {
            int equals = word.indexOf('=');
            String value = word.substring(equals + 1);
            boolean multiplies = value.startsWith("x");
            boolean ordinal = value.startsWith("o");
            known.put(
                    Words.plain(word.substring(0, equals)),
                    new NumberWord(
                            multiplies || ordinal ? value.substring(1) : value,
                            multiplies,
                            ordinal));
        }
    }

    private void negations(Language language, String words) {
        String[] sides = words.split("\\|", -1);
        denials.put(language, Set.copyOf(words(sides[0])));
        exceptions.put(language, Set.copyOf(words(sides[1])));
    }

    private static void classes(
            Map<Language, Map<String, String>> all, Language language, String words) {
        Map<String, String> known = all.computeIfAbsent(language, _ -> new HashMap<>());
        for (String word : words.split(" ", -1)) {
            int equals = word.indexOf('=');
            known.put(Words.plain(word.substring(0, equals)), word.substring(equals + 1));
        }
    }

    private void tenses(Language language, String words) {
        String[] sides = words.split("\\|", -1);
        Map<String, Integer> known = new HashMap<>();
        words(sides[0]).forEach(word -> known.put(word, Tenses.PAST));
        words(sides[1]).forEach(word -> known.put(word, Tenses.FUTURE));
        tenses.put(language, known);
    }

    /** With an asterisk only behind a number, with an equals sign only in these capitals. */
    private void unit(String written, String canonical) {
        String name = written.substring(0, written.length() - 1);
        if (written.endsWith("*")) {
            unitsBehindNumbers.put(name, canonical);
        } else if (written.endsWith("=")) {
            exactUnits.put(name, canonical);
        } else {
            units.put(Words.plain(written), canonical);
        }
    }

    private void opposites(int number, String line) {
        String[] sides = line.split("\\|", -1);
        String one = "pole" + number + "a";
        String other = "pole" + number + "b";
        for (String word : words(sides[0])) {
            poles.computeIfAbsent(word, _ -> new ArrayList<>()).add(new Pole(one, other));
        }
        for (String word : words(sides[1])) {
            poles.computeIfAbsent(word, _ -> new ArrayList<>()).add(new Pole(other, one));
        }
    }

    private interface Entry {
        void take(String word, String canonical);
    }

    private interface LanguageLine {
        void take(Language language, String words);
    }

    private static void canonical(String name, Entry entries) throws IOException {
        for (String line : lines(name)) {
            int colon = line.indexOf(": ");
            String canonical = line.substring(0, colon);
            for (String word : line.substring(colon + 2).strip().split(" ", -1)) {
                entries.take(word, canonical);
            }
        }
    }

    private static void byLanguage(String name, LanguageLine entries) throws IOException {
        for (String line : lines(name)) {
            int colon = line.indexOf(": ");
            entries.take(Language.of(line.substring(0, colon)), line.substring(colon + 2).strip());
        }
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (String word : line.strip().split(" ", -1)) {
            if (!word.isEmpty()) {
                words.add(Words.plain(word));
            }
        }
        return words;
    }

    /** The lines of a file beside this class, without comments. */
    static List<String> lines(String name) throws IOException {
        try (InputStream file = Lexicon.class.getResourceAsStream(name + ".txt")) {
            if (file == null) {
                throw new FileNotFoundException(name + ".txt is not on the class path");
            }
            return new BufferedReader(new InputStreamReader(file, UTF_8))
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }
}
