package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.fuzz.Claim;
import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Any bytes as a form: what is taken has the same fields for a reader who forgives much, and what
 * is sent has them too but for the model's name.
 */
public final class FormFuzz {

    private static final String TYPE = "multipart/form-data; boundary=b";
    private static final String UPSTREAM = "up";
    private static final Pattern DELIMITER = Pattern.compile("\r\n--b(--)?[ \t]*(?=\r\n|$)");
    private static final Pattern NAME =
            Pattern.compile("(?i);\\s*name\\s*\\*?\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s]*))");

    /** A field as Latin-1. */
    private record Part(String name, String value) {}

    private FormFuzz() {}

    /** One input: the body, whose boundary is {@code b}. */
    public static void fuzzerTestOneInput(byte[] input) {
        RequestPeek peek = RequestPeek.ofForm(TYPE, input, input.length, true, null);
        boolean named =
                RequestPeek.ofForm(TYPE, input, input.length, true, "m")
                        instanceof RequestPeek.Facts;
        if (!(peek instanceof RequestPeek.Facts facts)) {
            return;
        }
        Claim.that(named, "a model in the path makes it worse");
        String body = new String(input, ISO_8859_1);
        List<Part> parts = parts(body);
        FormBody form = Objects.requireNonNull(facts.form());
        var names = new TreeSet<String>();
        parts.forEach(part -> names.add(utf8(part.name)));
        Claim.same(new TreeSet<>(form.names()), names, "names");
        Claim.same(facts.model(), utf8(Objects.requireNonNull(one(parts, "model"))), "model");
        String user = one(parts, "user");
        Claim.same(facts.user(), user == null ? null : utf8(user), "user");
        String stream = one(parts, "stream");
        String flag = stream == null ? "" : utf8(stream).strip().toLowerCase(Locale.ROOT);
        boolean streams = List.of("true", "1").contains(flag);
        Claim.same(facts.stream(), streams, "stream");
        Claim.same(body.substring(form.fileStart(), form.fileEnd()), one(parts, "file"), "file");
        sent(input, facts, parts);
    }

    private static void sent(byte[] input, RequestPeek.Facts facts, List<Part> parts) {
        var sent = new StringBuilder();
        for (Slice slice :
                Splice.splice(input, input.length, facts, UPSTREAM.getBytes(UTF_8), false)) {
            sent.append(new String(slice.array(), slice.offset(), slice.length(), ISO_8859_1));
        }
        List<Part> expected = new ArrayList<>(parts);
        expected.replaceAll(part -> part.name.equals("model") ? new Part("model", UPSTREAM) : part);
        Claim.same(parts(sent.toString()), expected, "what is sent");
    }

    private static @Nullable String one(List<Part> parts, String name) {
        List<Part> found = parts.stream().filter(part -> part.name.equals(name)).toList();
        Claim.that(found.size() <= 1, name + " is there twice");
        return found.isEmpty() ? null : found.getFirst().value;
    }

    private static String utf8(String latin) {
        return new String(latin.getBytes(ISO_8859_1), UTF_8);
    }

    /** As a reader who forgives finds them: any line end in heads, any spelling of names. */
    private static List<Part> parts(String body) {
        String text = "\r\n" + body;
        Matcher delimiter = DELIMITER.matcher(text);
        List<Part> parts = new ArrayList<>();
        int start = -1;
        while (delimiter.find()) {
            if (start >= 0) {
                parts.add(part(text.substring(start, delimiter.start())));
            }
            if (delimiter.group(1) != null) {
                return parts;
            }
            start = delimiter.end();
        }
        return parts;
    }

    private static Part part(String text) {
        int end = text.indexOf("\r\n\r\n");
        Claim.that(end >= 0, "a part has no head");
        String name = null;
        for (String line : text.substring(0, end).split("\r\n|\r|\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition")) {
                Matcher found = NAME.matcher(line);
                while (found.find()) {
                    Claim.that(name == null, "a part has two names");
                    name = found.group(1) == null ? found.group(2) : found.group(1);
                }
            }
        }
        Claim.that(name != null, "a part has no name");
        return new Part(Objects.requireNonNull(name), text.substring(end + 4));
    }
}
