package dev.sluice.semantics.guards;

import java.util.Set;

/**
 * In which language a text speaks.
 *
 * @param possible the languages of most of its small words: one, or several that have as many, or
 *     none where there are no small words
 */
record Speech(Lexicon lexicon, Set<Language> possible) {

    /** Unknown where it may be one or the other. */
    Language language() {
        return possible.size() == 1 ? possible.iterator().next() : Language.UNKNOWN;
    }

    /** Whether a word holds sentences of this language together; "die" does so in German only. */
    boolean isSmall(String plain) {
        for (Language language : lexicon.functionOf(plain)) {
            if (possible.contains(language)) {
                return true;
            }
        }
        return false;
    }
}
