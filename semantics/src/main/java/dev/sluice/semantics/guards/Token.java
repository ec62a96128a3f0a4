package dev.sluice.semantics.guards;

/**
 * A piece of a text.
 *
 * @param written as it stands in the text
 * @param plain lower case, without accents
 * @param first whether it begins a sentence
 */
record Token(Kind kind, String written, String plain, boolean first) {

    enum Kind {
        WORD,
        /** Digits, with what may stand in and right behind them. */
        NUMBER,
        /** An hour with minutes, or with am or pm. */
        TIME,
        /** A name of code, an address: compared as it is written. */
        CODE,
        /** Signs with a meaning: operators, currencies, percent. */
        SIGN,
        /** What ends a sentence. */
        STOP
    }

    boolean is(Kind wanted) {
        return kind == wanted;
    }
}
