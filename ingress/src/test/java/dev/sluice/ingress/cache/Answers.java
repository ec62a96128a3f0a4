package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** Answers and keys for tests. */
final class Answers {

    private static final byte[] HASH = new byte[32];

    private Answers() {}

    static AnswerKey key(int number) {
        return AnswerKey.of("tenant", "group", "n" + number, HASH);
    }

    static CachedAnswer answer(String text, long askedAtMillis) {
        return answer(text, askedAtMillis, 60_000);
    }

    static CachedAnswer answer(String text, long askedAtMillis, long lifetimeMillis) {
        return answer(
                text,
                askedAtMillis,
                lifetimeMillis,
                new CachedAnswer.Labels("group", "space", List.of("nightly", "batch")));
    }

    static CachedAnswer answer(
            String text, long askedAtMillis, long lifetimeMillis, CachedAnswer.Labels labels) {
        return new CachedAnswer(
                CachedAnswer.Form.PLAIN,
                text.getBytes(UTF_8),
                "",
                "gpt-4o",
                "a",
                7,
                1000,
                askedAtMillis,
                lifetimeMillis,
                labels);
    }
}
