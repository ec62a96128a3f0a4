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
    private final Map<String, String> units = new HashMap<>();
    private final Map<String, String> unitsBehindNumbers = new HashMap<>();
    private final Map<String, String> dates = new HashMap<>();
    private final Map<String, String> synonyms = new HashMap<>();
    private final Set<String> names = new HashSet<>();
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

    @Nullable String unit(String written) {
        return units.get(written);
    }

    /** Also what is a unit only right behind a number. */
    @Nullable String unitBehindNumber(String written) {
        String unit = units.get(written);
        return unit == null ? unitsBehindNumbers.get(written) : unit;
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

    private void unit(String written, String canonical) {
        if (written.endsWith("*")) {
            unitsBehindNumbers.put(written.substring(0, written.length() - 1), canonical);
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
