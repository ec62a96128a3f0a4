package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A request's body as Jackson reads it, member by member and with nothing lost, and what our rules
 * say of it: the judge of {@link RequestPeek}.
 *
 * @param members of the outermost object, in order
 */
record PlainRequest(List<Member> members) {

    static final Set<String> KNOWN =
            Set.of(
                    "model",
                    "messages",
                    "prompt",
                    "input",
                    "documents",
                    "query",
                    "stream",
                    "stream_options",
                    "user",
                    "max_tokens",
                    "max_completion_tokens",
                    "max_output_tokens",
                    "metadata",
                    "response_format",
                    "cache");
    private static final Set<String> CONTROLS =
            Set.of(
                    "no-cache",
                    "no-store",
                    "ttl",
                    "s-maxage",
                    "s-max-age",
                    "namespace",
                    "use-cache");
    private static final JsonFactory STRICT =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(JsonCursor.NESTING_MAX)
                                    .build())
                    .build();

    /** A member with its value: numbers by their text, objects with all that they say. */
    record Member(String name, Value value) {}

    /**
     * A value.
     *
     * @param kind its first byte; for a number always a zero
     * @param text of a string or number
     * @param members of an object, or an array's elements without names
     */
    record Value(char kind, String text, List<Member> members) {

        boolean is(String kinds) {
            return kinds.indexOf(kind) >= 0;
        }

        Optional<Value> member(String name) {
            return members.stream()
                    .filter(member -> member.name.equals(name))
                    .map(Member::value)
                    .findFirst();
        }
    }

    /** What Jackson reads, empty where it refuses or it is no object. */
    static Optional<PlainRequest> of(byte[] body) {
        try {
            // Jackson forgives some broken UTF-8, the JDK's decoder does not.
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            try (JsonParser parser = STRICT.createParser(text)) {
                if (parser.nextToken() == null) {
                    return Optional.empty();
                }
                Value value = value(parser);
                boolean whole = parser.nextToken() == null && value.kind == '{';
                return whole ? Optional.of(new PlainRequest(value.members)) : Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Value value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT, START_ARRAY -> {
                List<Member> members = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_OBJECT
                        && parser.currentToken() != JsonToken.END_ARRAY) {
                    String name = "";
                    if (token == JsonToken.START_OBJECT) {
                        name = parser.currentName();
                        parser.nextToken();
                    }
                    members.add(new Member(name, value(parser)));
                }
                yield new Value(token == JsonToken.START_OBJECT ? '{' : '[', "", members);
            }
            case VALUE_STRING -> new Value('"', parser.getText(), List.of());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                    new Value('0', parser.getText(), List.of());
            case VALUE_TRUE -> new Value('t', "", List.of());
            case VALUE_FALSE -> new Value('f', "", List.of());
            default -> new Value('n', "", List.of());
        };
    }

    Optional<Value> member(String name) {
        return new Value('{', "", members).member(name);
    }

    /** Whether our rules take it at that endpoint. */
    boolean isServed(Endpoint endpoint) {
        Value all = new Value('{', "", members);
        return namesAreUnicode(all)
                && once(all, KNOWN)
                && PlainWishes.names().stream().allMatch(name -> once(all, Set.of(name)))
                && PlainWishes.fit(this)
                && fits("model", value -> value.is("\"") && isText(value) && !value.text.isEmpty())
                && (member("model").isPresent() || endpoint == Endpoint.MODERATIONS)
                && fits("stream", value -> value.is("tfn"))
                && fits("stream_options", PlainRequest::streamOptions)
                && fits("user", value -> value.is("n") || (value.is("\"") && isText(value)))
                && fits("max_tokens", PlainRequest::isBound)
                && fits("max_completion_tokens", PlainRequest::isBound)
                && (endpoint != Endpoint.RESPONSES
                        || fits("max_output_tokens", PlainRequest::isBound))
                && fits("cache", PlainRequest::cache)
                && hasPrompt(endpoint);
    }

    private static boolean isBound(Value value) {
        return value.is("n") || (value.is("0") && value.text.matches("[0-9]{1,18}"));
    }

    private boolean hasPrompt(Endpoint endpoint) {
        Value prompt = member(endpoint.promptName()).orElse(new Value('n', "", List.of()));
        String kinds =
                switch (endpoint) {
                    case CHAT_COMPLETIONS, RERANK -> "[";
                    case IMAGES, SPEECH -> "\"";
                    default -> "[\"";
                };
        boolean empty = endpoint == Endpoint.CHAT_COMPLETIONS && prompt.members.isEmpty();
        boolean queried =
                endpoint != Endpoint.RERANK
                        || member("query").filter(query -> query.is("\"")).isPresent();
        return prompt.is(kinds) && !empty && queried;
    }

    private boolean fits(String name, Predicate<Value> rule) {
        return member(name).map(rule::test).orElse(true);
    }

    private static boolean streamOptions(Value value) {
        return value.is("n")
                || (value.is("{")
                        && once(value, Set.of("include_usage"))
                        && value.member("include_usage").map(it -> it.is("tfn")).orElse(true));
    }

    private static boolean cache(Value value) {
        if (!value.is("{") || !once(value, CONTROLS)) {
            return value.is("n");
        }
        boolean fits = true;
        for (Member member : value.members) {
            Value control = member.value;
            fits &=
                    switch (member.name) {
                        case "no-cache", "no-store", "use-cache" -> control.is("tfn");
                        case "namespace" ->
                                control.is("n") || (control.is("\"") && isText(control));
                        case "ttl", "s-maxage", "s-max-age" ->
                                control.is("n")
                                        || (control.is("0")
                                                && control.text.matches("[0-9]{1,18}(\\.[0-9]*)?"));
                        default -> true;
                    };
        }
        return fits;
    }

    private static boolean once(Value object, Set<String> names) {
        List<String> found =
                object.members.stream().map(Member::name).filter(names::contains).toList();
        return found.stream().distinct().count() == found.size();
    }

    private static boolean namesAreUnicode(Value value) {
        return value.members.stream()
                .allMatch(member -> isUnicode(member.name) && namesAreUnicode(member.value));
    }

    private static boolean isText(Value value) {
        return isUnicode(value.text);
    }

    private static boolean isUnicode(String text) {
        return UTF_8.newEncoder().canEncode(text);
    }

    /**
     * The same in other words: members by name backwards, every character escaped. Where a name
     * comes twice the order of its members stays.
     */
    String respelt() {
        var json = new StringBuilder();
        respell(new Value('{', "", members), json);
        return json.toString();
    }

    private static void respell(Value value, StringBuilder json) {
        switch (value.kind) {
            case '{', '[' -> {
                List<Member> ordered = new ArrayList<>(value.members);
                ordered.sort(Comparator.comparing(Member::name).reversed());
                String comma = "";
                json.append(value.kind);
                for (Member member : ordered) {
                    json.append(comma).append(' ');
                    if (value.kind == '{') {
                        respell(new Value('"', member.name, List.of()), json);
                        json.append(':');
                    }
                    respell(member.value, json);
                    comma = ",";
                }
                json.append(value.kind == '{' ? '}' : ']');
            }
            case '"' -> {
                json.append('"');
                value.text.chars().forEach(c -> json.append("\\u%04x".formatted(c)));
                json.append('"');
            }
            case '0' -> json.append(value.text);
            case 't' -> json.append("true");
            case 'f' -> json.append("false");
            default -> json.append("null");
        }
    }

    /** The text of a string member, null without one. */
    @Nullable String text(String name) {
        return member(name).filter(value -> value.is("\"")).map(Value::text).orElse(null);
    }
}
