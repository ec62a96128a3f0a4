package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * Small and frequent words that change what is asked: all or some, only, must or may, always, next.
 * Says nothing of them where they are mere habit: are there any, what are some, how can I.
 */
final class Extents {

    /**
     * Where these are found changes nothing: she often eats, often she eats; dogs can, can dogs.
     */
    private static final Set<String> WITHOUT_ORDER =
            Set.of(
                    "can",
                    "may",
                    "must",
                    "should",
                    "always",
                    "usually",
                    "sometimes",
                    "often",
                    "seldom");

    private static final Set<String> OF_HABIT =
            Set.of(
                    "is",
                    "are",
                    "was",
                    "were",
                    "be",
                    "there",
                    "me",
                    "us",
                    "know",
                    "have",
                    "has",
                    "got",
                    "need",
                    "want",
                    "list",
                    "recommend",
                    "suggest",
                    "find",
                    "get",
                    "give",
                    "name");
    private static final Set<String> HOURS =
            Set.of(
                    "morning",
                    "afternoon",
                    "evening",
                    "night",
                    "weekend",
                    "day",
                    "week",
                    "month",
                    "quarter",
                    "year",
                    "spring",
                    "summer",
                    "autumn",
                    "fall",
                    "winter",
                    "season",
                    "century",
                    "decade",
                    "time",
                    "woche",
                    "monat",
                    "jahr",
                    "annee",
                    "mois",
                    "semaine",
                    "ano",
                    "mes",
                    "semana");
    private static final Set<String> LOOKING = Set.of("look", "looks", "looking", "named");
    private static final Set<String> SUBJECTS =
            Set.of(
                    "i", "you", "we", "he", "she", "it", "they", "one", "this", "that", "there",
                    "my");

    private final List<Token> tokens;
    private final Lexicon lexicon;
    private final Language language;
    private final Set<Question> questions;
    private final boolean asksHow;
    private final boolean asksWhether;

    Extents(Lexicon lexicon, Language language, List<Token> tokens, Set<Question> questions) {
        this.lexicon = lexicon;
        this.language = language;
        this.tokens = tokens;
        this.questions = questions;
        this.asksHow = questions.contains(Question.HOW) || questions.contains(Question.WHERE);
        this.asksWhether = questions.contains(Question.WHETHER);
    }

    static boolean hasOrder(String extent) {
        return !WITHOUT_ORDER.contains(extent);
    }

    /** What the word at a place says of the extent; null for nothing. */
    @Nullable String at(int at) {
        String plain = tokens.get(at).plain();
        String extent = lexicon.extent(plain, language);
        if (extent == null) {
            boolean must = hasTo(at) && counts(at, "must");
            return must ? "must" : null;
        }
        boolean says =
                switch (extent) {
                    case "can" -> asksWhether && isAsked(at, plain) && counts(at, extent);
                    case "may", "must", "should" -> isAsked(at, plain) && counts(at, extent);
                    case "any" -> asksWhether && !isBehind(at, OF_HABIT, 3);
                    case "some" -> asksWhether && !isBehind(at, OF_HABIT, 1);
                    case "all" -> !isAllOfHabit(at);
                    case "after" -> !isBehind(at, LOOKING, 1) && !is(at + 1, "all");
                    case "more" -> asksWhether || is(at + 1, "than");
                    case "this" -> isBefore(at, HOURS);
                    default -> true;
                };
        return says ? extent : null;
    }

    /** At all, after all, of all time, what are all the. */
    private boolean isAllOfHabit(int at) {
        return is(at - 1, "at")
                || is(at - 1, "after")
                || is(at - 1, "above")
                || (is(at - 1, "of") && is(at + 1, "time"))
                || (is(at - 1, "are") && is(at - 2, "what"));
    }

    /** How can I, where should I, why must I, what should I do: there it is habit. */
    private boolean counts(int at, String modal) {
        boolean whatToDo = is(at - 1, "what") && (is(at + 2, "do") || is(at + 1, "do"));
        boolean why = questions.contains(Question.WHY) && !modal.equals("may");
        return !asksHow && !why && !whatToDo;
    }

    /** The verb of the question itself: may I; but not "is this the way I may go". */
    private boolean isAsked(int at, String plain) {
        if (plain.equals("possible")) {
            return is(at - 1, "it") && is(at + 1, "to");
        }
        if (at + 1 < tokens.size() && SUBJECTS.contains(tokens.get(at + 1).plain())) {
            return true;
        }
        for (int i = at; !tokens.get(i).first() && i > 0; i--) {
            if (Question.isAuxiliary(tokens.get(i - 1).plain())) {
                return plain.equals("able") && tokens.get(i - 1).first();
            }
        }
        return true;
    }

    /** Have to. */
    private boolean hasTo(int at) {
        return language == Language.ENGLISH
                && (is(at, "have") || is(at, "has") || is(at, "had"))
                && is(at + 1, "to");
    }

    private boolean isBehind(int at, Set<String> words, int within) {
        for (int i = at - 1; i >= 0 && i >= at - within; i--) {
            if (words.contains(tokens.get(i).plain())) {
                return true;
            }
        }
        return false;
    }

    private boolean isBefore(int at, Set<String> words) {
        return at + 1 < tokens.size()
                && (words.contains(tokens.get(at + 1).plain())
                        || lexicon.date(tokens.get(at + 1).plain()) != null);
    }

    private boolean is(int at, String plain) {
        return at >= 0
                && at < tokens.size()
                && tokens.get(at).is(Kind.WORD)
                && tokens.get(at).plain().equals(plain);
    }
}
