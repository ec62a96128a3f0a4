package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place inside a request, as LiteLLM writes it: {@code tools[*].input_examples}, {@code
 * metadata.note}, {@code messages[0].name}.
 */
final class DropPath {

    private static final Pattern STEP =
            Pattern.compile("\\.?(?<name>[^.\\[\\]]+)|\\[(?<index>\\*|\\d{1,9})]");

    /** Names of members, or numbers of elements; {@code *} is every element. */
    private record Step(String name, boolean isIndex) {}

    private final List<Step> steps;

    private DropPath(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    /** Empty for a plain name, and for what is no path. */
    static Optional<DropPath> of(String text) {
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(text);
        int end = 0;
        while (end < text.length() && matcher.find(end) && matcher.start() == end) {
            String name = matcher.group("name");
            boolean isFirstWithDot = end == 0 && text.charAt(0) == '.';
            boolean isNameWithoutDot = end > 0 && name != null && text.charAt(end) != '.';
            if (isFirstWithDot || isNameWithoutDot) {
                return Optional.empty();
            }
            steps.add(
                    name == null ? new Step(matcher.group("index"), true) : new Step(name, false));
            end = matcher.end();
        }
        boolean isPath = end == text.length() && steps.size() > 1 && !steps.getFirst().isIndex();
        return isPath ? Optional.of(new DropPath(steps)) : Optional.empty();
    }

    /** The member of a request that it leads into. */
    String head() {
        return steps.getFirst().name();
    }

    /** Takes out what it leads to, if there is anything; whether there was. */
    boolean dropFrom(ObjectNode request) {
        return drop(request, 0);
    }

    private boolean drop(JsonNode node, int at) {
        Step step = steps.get(at);
        boolean isLast = at == steps.size() - 1;
        if (!step.isIndex()) {
            return node instanceof ObjectNode object
                    && (isLast
                            ? object.remove(step.name()) != null
                            : drop(object.path(step.name()), at + 1));
        }
        if (!(node instanceof ArrayNode array)) {
            return false;
        }
        if (step.name().equals("*")) {
            boolean isDropped = isLast && !array.isEmpty();
            for (JsonNode element : array) {
                isDropped |= !isLast && drop(element, at + 1);
            }
            if (isLast) {
                array.removeAll();
            }
            return isDropped;
        }
        int index = Integer.parseInt(step.name());
        return isLast ? array.remove(index) != null : drop(array.path(index), at + 1);
    }
}
