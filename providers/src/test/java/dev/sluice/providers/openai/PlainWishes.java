package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.PlainRequest.Member;
import dev.sluice.providers.openai.PlainRequest.Value;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a caller asks of the router, by the rules and as Jackson reads it. */
final class PlainWishes {

    private static final Set<String> FLAGS =
            Set.of(
                    "disable_fallbacks",
                    "mock_testing_fallbacks",
                    "mock_testing_context_fallbacks",
                    "mock_testing_content_policy_fallbacks",
                    "mock_testing_rate_limit_error");
    private static final Set<String> OTHERS =
            Set.of(
                    "litellm_metadata",
                    "tags",
                    "fallbacks",
                    "num_retries",
                    "timeout",
                    "stream_timeout");
    private static final Pattern SECONDS =
            Pattern.compile("[+]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,2})?");

    private PlainWishes() {}

    /** The fields that no provider sees, but for metadata with tags. */
    static List<String> names() {
        return Stream.of(FLAGS, OTHERS).flatMap(Set::stream).toList();
    }

    static boolean staysHere(Member member) {
        return FLAGS.contains(member.name())
                || OTHERS.contains(member.name())
                || (member.name().equals("metadata") && hasTags(member.value()));
    }

    private static boolean hasTags(Value metadata) {
        return metadata.is("{")
                && metadata.members().stream()
                        .anyMatch(member -> member.name().equals("tags") && member.value().is("["));
    }

    static boolean fit(PlainRequest request) {
        for (Member member : request.members()) {
            Value value = member.value();
            boolean fits =
                    switch (member.name()) {
                        case "fallbacks" -> value.is("n") || (value.is("[") && fallbacks(value));
                        case "num_retries" -> value.is("n") || retries(value);
                        case "timeout", "stream_timeout" -> value.is("n") || timeout(value);
                        case "tags" -> value.is("n") || (value.is("[") && texts(value));
                        case "metadata", "litellm_metadata" -> metadata(value);
                        default -> !FLAGS.contains(member.name()) || value.is("tfn");
                    };
            if (!fits) {
                return false;
            }
        }
        List<String> tags = tags(request);
        return tags.size() <= 50 && tags.stream().allMatch(tag -> tag.length() <= 256);
    }

    private static boolean fallbacks(Value list) {
        return list.members().size() <= 20
                && list.members().stream().map(Member::value).allMatch(PlainWishes::fallback);
    }

    private static boolean fallback(Value entry) {
        List<Member> members = entry.members();
        return isText(entry)
                || (entry.is("{")
                        && members.size() == 1
                        && members.getFirst().name().equals("model")
                        && isText(members.getFirst().value()));
    }

    private static boolean texts(Value list) {
        return list.members().stream().map(Member::value).allMatch(PlainWishes::isText);
    }

    private static boolean isText(Value value) {
        return value.is("\"") && UTF_8.newEncoder().canEncode(value.text());
    }

    private static boolean metadata(Value metadata) {
        boolean hasTags = false;
        for (Member member : metadata.is("{") ? metadata.members() : List.<Member>of()) {
            if (member.name().equals("tags")) {
                if (hasTags || (member.value().is("[") && !texts(member.value()))) {
                    return false;
                }
                hasTags = member.value().is("[");
            }
        }
        return true;
    }

    private static Optional<BigDecimal> number(Value value) {
        if (!value.is("0") || value.text().length() > 30) {
            return Optional.empty();
        }
        var number = new BigDecimal(value.text());
        return Math.abs(number.scale()) > 30 ? Optional.empty() : Optional.of(number);
    }

    private static boolean retries(Value value) {
        return number(value)
                .filter(number -> number.signum() >= 0)
                .filter(number -> number.compareTo(BigDecimal.valueOf(100)) <= 0)
                .filter(number -> number.remainder(BigDecimal.ONE).signum() == 0)
                .isPresent();
    }

    private static boolean timeout(Value value) {
        Optional<BigDecimal> seconds =
                isText(value)
                        ? Optional.of(value.text().strip())
                                .filter(text -> SECONDS.matcher(text).matches())
                                .map(BigDecimal::new)
                        : number(value);
        return seconds.filter(number -> number.compareTo(new BigDecimal("1e-9")) >= 0)
                .filter(number -> number.compareTo(BigDecimal.valueOf(86_400)) <= 0)
                .isPresent();
    }

    static List<String> tags(PlainRequest request) {
        List<String> tags = new ArrayList<>();
        for (Member member : request.members()) {
            switch (member.name()) {
                case "tags" -> add(tags, member.value());
                case "metadata", "litellm_metadata" -> {
                    if (member.value().is("{")) {
                        member.value().members().stream()
                                .filter(inner -> inner.name().equals("tags"))
                                .forEach(inner -> add(tags, inner.value()));
                    }
                }
                default -> {
                    // Says nothing of tags.
                }
            }
        }
        return tags;
    }

    private static void add(List<String> tags, Value list) {
        if (list.is("[")) {
            list.members().forEach(member -> tags.add(member.value().text()));
        }
    }
}
