package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A header's value with its parameters, as browsers and HTTP clients write them: {@code form-data;
 * name="file"; filename="a \"b\".jsonl"; filename*=UTF-8''%C3%A4.jsonl}.
 *
 * @param parameters by name in small letters; the first of a name counts, and {@code name*} before
 *     {@code name}
 */
record HeaderParameters(String value, Map<String, String> parameters) {

    HeaderParameters {
        parameters = Map.copyOf(parameters);
    }

    static HeaderParameters of(String header) {
        int semicolon = header.indexOf(';');
        if (semicolon < 0) {
            return new HeaderParameters(header.strip(), Map.of());
        }
        Map<String, String> parameters = new HashMap<>();
        int at = semicolon + 1;
        while (at < header.length()) {
            int equals = header.indexOf('=', at);
            int next = header.indexOf(';', at);
            if (equals < 0 || (next >= 0 && next < equals)) {
                // A parameter without a value.
                at = next < 0 ? header.length() : next + 1;
                continue;
            }
            String name = header.substring(at, equals).strip().toLowerCase(Locale.ROOT);
            var text = new StringBuilder();
            at = value(header, equals + 1, text);
            parameters.putIfAbsent(name, text.toString());
        }
        return new HeaderParameters(header.substring(0, semicolon).strip(), parameters);
    }

    /** Reads a value, quoted or bare; returns where the next parameter begins. */
    private static int value(String header, int from, StringBuilder text) {
        int at = from;
        while (at < header.length() && header.charAt(at) == ' ') {
            at++;
        }
        if (at >= header.length() || header.charAt(at) != '"') {
            int next = header.indexOf(';', at);
            int end = next < 0 ? header.length() : next;
            text.append(header.substring(Math.min(at, end), end).strip());
            return end + 1;
        }
        for (at++; at < header.length() && header.charAt(at) != '"'; at++) {
            // Only these two are escaped: a Windows path has bare backslashes.
            boolean isEscape =
                    header.charAt(at) == '\\'
                            && at + 1 < header.length()
                            && (header.charAt(at + 1) == '"' || header.charAt(at + 1) == '\\');
            at += isEscape ? 1 : 0;
            text.append(header.charAt(at));
        }
        int next = header.indexOf(';', at);
        return next < 0 ? header.length() : next + 1;
    }

    @Nullable String get(String name) {
        String extended = parameters.get(name + "*");
        if (extended != null && extended.regionMatches(true, 0, "utf-8'", 0, 6)) {
            try {
                String encoded = extended.substring(extended.indexOf('\'', 6) + 1);
                return URLDecoder.decode(encoded.replace("+", "%2B"), UTF_8);
            } catch (IllegalArgumentException _) {
                // The plain one then.
            }
        }
        return parameters.get(name);
    }
}
