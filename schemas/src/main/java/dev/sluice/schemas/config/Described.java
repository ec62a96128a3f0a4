package dev.sluice.schemas.config;

import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.util.Locale;
import java.util.regex.Pattern;

/** How what stands in the file is told in a message, without its secrets. */
final class Described {

    static final String HIDDEN = "a text that is not shown";

    private static final int MAX_SHOWN = 60;
    private static final Pattern SECRET_NAME =
            Pattern.compile(".*(key|password|passwd|token|secret|credential|authorization)");
    private static final Pattern SECRET_PARENT =
            Pattern.compile("(.*\\.)?(environment_variables|credential_values|extra_headers)");
    private static final Pattern SECRET_TEXT =
            Pattern.compile("(?s)sk-.*|[Bb]earer .*|.*://[^/]*@.*|[0-9A-Za-z+/=_-]{32,}");

    private Described() {}

    /** What was found at a key; {@code parent} is the path of its mapping. */
    static String found(Node node, String parent, String key) {
        return switch (node) {
            case SequenceNode _ -> "a list";
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "nothing";
            case ScalarNode scalar -> isSecret(parent, key) ? HIDDEN : quoted(scalar.getValue());
            default -> "a mapping";
        };
    }

    /** A text in quotes, on one line, cut, and not at all if it looks like a secret. */
    static String quoted(String text) {
        if (SECRET_TEXT.matcher(text).matches()) {
            return HIDDEN;
        }
        String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
        return "\"" + shown.replaceAll("\\p{Cntrl}", " ") + "\"";
    }

    private static boolean isSecret(String parent, String key) {
        String name = key.toLowerCase(Locale.ROOT);
        boolean price = name.contains("cost_per_");
        return (!price && SECRET_NAME.matcher(name).matches())
                || SECRET_PARENT.matcher(parent).matches();
    }
}
