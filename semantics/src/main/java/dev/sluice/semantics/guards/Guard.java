package dev.sluice.semantics.guards;

import java.util.Locale;

/** What two texts may disagree about, in the order in which it is looked at. */
public enum Guard {
    /** One of them is too long to be compared whole. */
    LENGTH,
    /** Written in different scripts or languages. */
    LANGUAGE,
    /** Other numbers, or the same in another order. */
    NUMBERS,
    /** Other months, days, or times of day. */
    DATES,
    /** The numbers count other things: units, currencies, percent. */
    UNITS,
    /** Other identifiers, operators, addresses of web pages or of mail. */
    CODE,
    /** Other words between quotation marks. */
    QUOTES,
    /** A name that the other text does not have. */
    NAMES,
    /** One says not, never, without, except, and the other does not. */
    NEGATION,
    /** One says the opposite: before and after, safe and unsafe. */
    OPPOSITES,
    /** One asks who, the other when, why, or whether. */
    QUESTION,
    /** One speaks of what was or will be, the other does not. */
    TENSE,
    /** One says all, only, must, always or next, and the other does not. */
    EXTENT,
    /** Others do it, or it is done to others: he loves her, she loves him; my, your. */
    PERSONS,
    /** The same words in another order: from A to B, B than A. */
    ORDER,
    /** A word that matters and that the other text does not have. */
    WORDS;

    /** As a label of metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
