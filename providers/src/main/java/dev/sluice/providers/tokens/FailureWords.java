package dev.sluice.providers.tokens;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a library's failure may say in a log: its kinds, and the issuer's code if one is among the
 * words. The words themselves may quote what they were given.
 */
final class FailureWords {

    private static final Pattern CODE =
            Pattern.compile(
                    "AADSTS[0-9]{1,9}|\\b(?:invalid|unauthorized|access|unsupported|temporarily)_[a-z]{3,24}\\b"
                            + "|(?<=Error code )[45][0-9]{2}\\b");

    private static final int DEPTH_MAX = 4;

    private FailureWords() {}

    static String of(Throwable failure) {
        List<String> kinds = new ArrayList<>();
        String code = "";
        for (Throwable at = failure; at != null && kinds.size() < DEPTH_MAX; at = at.getCause()) {
            kinds.add(at.getClass().getSimpleName());
            if (code.isEmpty() && at.getMessage() != null) {
                Matcher found = CODE.matcher(at.getMessage());
                code = found.find() ? found.group() : "";
            }
        }
        String chain = String.join(" < ", kinds);
        return code.isEmpty() ? chain : "%s (%s)".formatted(chain, code).strip();
    }
}
