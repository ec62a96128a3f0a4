package dev.sluice.providers.bedrock;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Converse leaves to the makers of models: their own names of parameters, and what they lack.
 */
enum ModelFamily {
    /** Claude up to 4.5: thinks within a budget of tokens. */
    CLAUDE,
    /** Claude since 4.6: thinks with an effort. */
    CLAUDE_ADAPTIVE,
    NOVA,
    GPT_OSS,
    OTHER;

    private static final Pattern CLAUDE_VERSION =
            Pattern.compile("claude-[a-z]+-(\\d{1,2})(?:-(\\d{1,2}))?(?!\\d)");
    private static final int ADAPTIVE_SINCE = 406;

    /** The family of a model id or ARN. */
    static ModelFamily of(String model) {
        String name = model.toLowerCase(Locale.ROOT);
        if (name.contains("claude")) {
            Matcher version = CLAUDE_VERSION.matcher(name);
            return version.find() && number(version) >= ADAPTIVE_SINCE ? CLAUDE_ADAPTIVE : CLAUDE;
        }
        if (name.contains("amazon.nova")) {
            return NOVA;
        }
        return name.contains("gpt-oss") ? GPT_OSS : OTHER;
    }

    private static int number(Matcher version) {
        String minor = version.group(2);
        return Integer.parseInt(version.group(1)) * 100
                + (minor == null ? 0 : Integer.parseInt(minor));
    }

    boolean isClaude() {
        return this == CLAUDE || this == CLAUDE_ADAPTIVE;
    }
}
