package dev.sluice.semantics.guards;

/** Languages that are told by the words that hold their sentences together. */
enum Language {
    UNKNOWN(0, ""),
    ENGLISH(1, "en"),
    GERMAN(2, "de"),
    FRENCH(3, "fr"),
    SPANISH(4, "es"),
    ITALIAN(5, "it"),
    PORTUGUESE(6, "pt"),
    DUTCH(7, "nl");

    /** In fingerprints, which are stored: never given to another. */
    private final byte number;

    private final String code;

    Language(int number, String code) {
        this.number = (byte) number;
        this.code = code;
    }

    byte number() {
        return number;
    }

    static Language of(String code) {
        for (Language language : values()) {
            if (language.code.equals(code)) {
                return language;
            }
        }
        throw new IllegalArgumentException("no language " + code);
    }
}
