package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.openai.Seconds;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** LiteLLM's request headers by which a caller talks to the router; they go before his body. */
final class RouterHeaders {

    private static final HeaderName RETRIES = HeaderNames.create("x-litellm-num-retries");
    private static final HeaderName TIMEOUT = HeaderNames.create("x-litellm-timeout");
    private static final HeaderName STREAM_TIMEOUT = HeaderNames.create("x-litellm-stream-timeout");
    private static final HeaderName TAGS = HeaderNames.create("x-litellm-tags");
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,3}");
    private static final int RETRIES_MAX = 100;
    private static final int TAGS_MAX = 50;

    private RouterHeaders() {}

    /** What the headers and the body ask for together, or why that cannot be. */
    sealed interface Merged {

        /** All that is asked for. */
        record Known(RouterWishes wishes) implements Merged {}

        /** A header that cannot be followed. */
        record Refused(ApiError error) implements Merged {}
    }

    static Merged merge(Headers headers, RouterWishes body) {
        String retries = value(headers, RETRIES);
        String timeout = value(headers, TIMEOUT);
        String streamTimeout = value(headers, STREAM_TIMEOUT);
        String tags = value(headers, TAGS);
        if (retries == null && timeout == null && streamTimeout == null && tags == null) {
            return new Merged.Known(body);
        }
        if (retries != null
                && (!WHOLE.matcher(retries).matches() || Integer.parseInt(retries) > RETRIES_MAX)) {
            return refused(RETRIES, "a whole number from 0 to " + RETRIES_MAX);
        }
        Duration time = timeout == null ? body.timeout() : Seconds.parse(timeout);
        if (timeout != null && time == null) {
            return refused(TIMEOUT, Seconds.EXPECTED);
        }
        Duration ofStream =
                streamTimeout == null ? body.streamTimeout() : Seconds.parse(streamTimeout);
        if (streamTimeout != null && ofStream == null) {
            return refused(STREAM_TIMEOUT, Seconds.EXPECTED);
        }
        List<String> all = tags == null ? body.tags() : joined(body.tags(), tags);
        if (all.size() > TAGS_MAX || all.stream().anyMatch(RouterHeaders::isTooLong)) {
            return refused(
                    TAGS,
                    "at most %d tags of %d characters"
                            .formatted(TAGS_MAX, RouterWishes.TAG_CHARACTERS_MAX));
        }
        return new Merged.Known(
                new RouterWishes(
                        body.fallbacks(),
                        body.disableFallbacks(),
                        retries == null ? body.numRetries() : Integer.parseInt(retries),
                        time,
                        ofStream,
                        all,
                        body.pretence()));
    }

    /** Whether the caller names tags in a header. */
    static boolean hasTags(Headers headers) {
        return value(headers, TAGS) != null;
    }

    private static @Nullable String value(Headers headers, HeaderName name) {
        return headers.value(name).map(String::strip).filter(v -> !v.isEmpty()).orElse(null);
    }

    private static boolean isTooLong(String tag) {
        return tag.length() > RouterWishes.TAG_CHARACTERS_MAX;
    }

    private static List<String> joined(List<String> own, String header) {
        List<String> all = new ArrayList<>(own);
        for (String tag : header.split(",", -1)) {
            String stripped = tag.strip();
            if (!stripped.isEmpty() && !all.contains(stripped)) {
                all.add(stripped);
            }
        }
        return List.copyOf(all);
    }

    private static Merged refused(HeaderName name, String expected) {
        return new Merged.Refused(
                ApiError.invalidRequest(
                        "Invalid header '%s': expected %s.".formatted(name.defaultCase(), expected),
                        name.defaultCase()));
    }
}
