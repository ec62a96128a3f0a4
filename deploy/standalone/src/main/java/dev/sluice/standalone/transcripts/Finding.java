package dev.sluice.standalone.transcripts;

/**
 * One fact that was not found.
 *
 * @param fact its name, such as {@code finish} or {@code usage.prompt_tokens}
 */
public record Finding(String file, String fact, String expected, String got) {

    private static final int LONGEST = 300;

    @Override
    public String toString() {
        return "%s: %s: expected %s, got %s".formatted(file, fact, cut(expected), cut(got));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }
}
