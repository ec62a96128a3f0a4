package dev.sluice.ingress.candidates;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * A {@code model_name} with stars, each of which stands for any text.
 *
 * @param text as it is written
 */
public record NamePattern(String text) {

    private static final Comparator<NamePattern> MOST_SPECIFIC_FIRST =
            Comparator.comparingInt(NamePattern::literalLength)
                    .reversed()
                    .thenComparingInt(NamePattern::stars);

    private static final int LONGEST_NAME = 256;

    /** Whether a name is a pattern. */
    public static boolean isPattern(String name) {
        return name.indexOf('*') >= 0;
    }

    /** Patterns of names, the most specific first; equal ones in the order that they come in. */
    public static List<NamePattern> sorted(Collection<String> names) {
        return names.stream()
                .filter(NamePattern::isPattern)
                .map(NamePattern::new)
                .sorted(MOST_SPECIFIC_FIRST)
                .toList();
    }

    /**
     * Whether text may become a part of a provider's model. It may end up in the path of a URL, so
     * it has nothing in it that could lead elsewhere.
     */
    static boolean isHarmless(String name) {
        return name.length() <= LONGEST_NAME
                && name.chars().allMatch(NamePattern::isOfName)
                && !name.contains("..")
                && !name.contains("//")
                && !name.startsWith("/")
                && !name.endsWith("/");
    }

    private static boolean isOfName(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._/:@+".indexOf(c) >= 0;
    }

    /**
     * What the stars stand for in a name, each as much as it can, in linear steps a star.
     *
     * @return null where the name is none of the pattern's, or could lead elsewhere
     */
    public @Nullable List<String> match(String name) {
        String[] parts = text.split("\\*", -1);
        int last = parts.length - 1;
        if (!isHarmless(name)
                || !name.startsWith(parts[0])
                || !name.endsWith(parts[last])
                || name.length() < literalLength()) {
            return null;
        }
        // From the right, so that the first star takes the most, as LiteLLM's (.*) do.
        String[] taken = new String[last];
        int end = name.length() - parts[last].length();
        for (int i = last - 1; i >= 1; i--) {
            int found = name.lastIndexOf(parts[i], end - parts[i].length());
            if (found < parts[0].length()) {
                return null;
            }
            taken[i] = name.substring(found + parts[i].length(), end);
            end = found;
        }
        if (end < parts[0].length()) {
            return null;
        }
        taken[0] = name.substring(parts[0].length(), end);
        return List.of(taken);
    }

    /** Puts what was taken for the stars of a name in the place of another text's stars. */
    public static String fill(String model, List<String> taken) {
        List<String> left = new ArrayList<>(taken);
        StringBuilder filled = new StringBuilder();
        for (int i = 0; i < model.length(); i++) {
            char c = model.charAt(i);
            if (c == '*' && !left.isEmpty()) {
                filled.append(left.removeFirst());
            } else {
                filled.append(c);
            }
        }
        return filled.toString();
    }

    private int literalLength() {
        return text.length() - stars();
    }

    private int stars() {
        return (int) text.chars().filter(c -> c == '*').count();
    }
}
