package dev.sluice.providers.anthropic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model can do, as far as its name tells.
 *
 * @param name the provider's name of it
 * @param version major times 100 plus minor: 4.6 is 406
 */
record ClaudeModel(String name, int version) {

    private static final Pattern VERSION =
            Pattern.compile("claude-(?:[a-z]+-)?(\\d{1,2})(?:[-.](\\d{1,2}))?(?!\\d)");

    /** Claude without a number is newer than those with one that is known. */
    private static final int NEWEST = 9_999;

    /** Others that speak this protocol know it about as it was then. */
    private static final int OTHERS = 400;

    static ClaudeModel of(String name) {
        Matcher matcher = VERSION.matcher(name);
        if (!matcher.find()) {
            return new ClaudeModel(name, name.contains("claude") ? NEWEST : OTHERS);
        }
        String minor = matcher.group(2);
        int version = Integer.parseInt(matcher.group(1)) * 100;
        return new ClaudeModel(name, version + (minor == null ? 0 : Integer.parseInt(minor)));
    }

    /** Whether it can think before it answers. */
    boolean thinks() {
        return version >= 307;
    }

    /** Whether it decides itself how much to think, guided by an effort instead of a budget. */
    boolean thinksAdaptively() {
        return version >= 406;
    }

    /** Whether it keeps its thoughts to itself unless a summary is asked for. */
    boolean mustBeAskedForThoughts() {
        return version >= 407;
    }

    /** Whether answers and arguments can be held to a schema. */
    boolean keepsSchemas() {
        return version >= 405;
    }
}
