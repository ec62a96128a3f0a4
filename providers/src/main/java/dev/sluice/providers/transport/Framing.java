package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/**
 * How the body of an answer is delimited (RFC 9112, section 6.3), and whether the connection
 * survives it.
 *
 * @param length bytes of the body; {@link #CHUNKED} or {@link #UNTIL_CLOSE}
 * @param persistent whether another request may follow
 * @param keepNanos how long the upstream keeps the connection when unused, as far as it said
 */
record Framing(long length, boolean persistent, long keepNanos) {

    static final long CHUNKED = -1;
    static final long UNTIL_CLOSE = -2;

    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int MAX_LENGTH_DIGITS = 18;
    private static final long UNSTATED = -1;

    /** Decides by the head alone. */
    static Framing of(ResponseHead head, String method) throws ExchangeFailure {
        long length = UNSTATED;
        boolean chunked = false;
        boolean close = false;
        boolean keep = head.http11();
        long keepNanos = Long.MAX_VALUE;
        for (int field = 0; field < head.size(); field++) {
            switch (head.nameLength(field)) {
                case 10 -> {
                    if (head.nameIs(field, "connection")) {
                        close |= hasOption(head.value(field), "close");
                        keep |= hasOption(head.value(field), "keep-alive");
                    } else if (head.nameIs(field, "keep-alive")) {
                        keepNanos = keepNanos(head.value(field));
                    }
                }
                case 14 -> {
                    if (head.nameIs(field, "content-length")) {
                        length = length(head.value(field), length);
                    }
                }
                case 17 -> {
                    if (head.nameIs(field, "transfer-encoding")) {
                        checkChunked(head, field, chunked);
                        chunked = true;
                    }
                }
                default -> {}
            }
        }
        if (chunked && length != UNSTATED) {
            throw refused("the answer has both a length and a transfer coding");
        }
        long body = bodyLength(head.status(), method, chunked, length);
        return new Framing(body, keep && !close && body != UNTIL_CLOSE, keepNanos);
    }

    /** The same, but nothing may follow on the connection. */
    Framing withoutReuse() {
        return new Framing(length, false, keepNanos);
    }

    private static long bodyLength(int status, String method, boolean chunked, long length) {
        if (method.equals("HEAD") || status == NO_CONTENT || status == NOT_MODIFIED) {
            return 0;
        }
        if (chunked) {
            return CHUNKED;
        }
        return length == UNSTATED ? UNTIL_CLOSE : length;
    }

    private static void checkChunked(ResponseHead head, int field, boolean again)
            throws ExchangeFailure {
        // A coding that we do not know would leave the end of the body to guesswork.
        if (again || !head.http11() || !head.value(field).equalsIgnoreCase("chunked")) {
            throw refused("the answer's transfer coding is not plain chunked");
        }
    }

    private static long length(String value, long before) throws ExchangeFailure {
        long length = before;
        for (String part : value.split(",", -1)) {
            long stated = digits(part.strip());
            if (length != UNSTATED && stated != length) {
                throw refused("the answer states different lengths");
            }
            length = stated;
        }
        return length;
    }

    private static long digits(String text) throws ExchangeFailure {
        if (text.isEmpty() || text.length() > MAX_LENGTH_DIGITS) {
            throw refused("the answer's length is not a number");
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw refused("the answer's length is not a number");
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private static boolean hasOption(String connection, String name) {
        for (String option : connection.split(",", -1)) {
            if (option.strip().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Of "timeout=5, max=100"; a second less, because the upstream counts from before the answer
     * reached us.
     */
    private static long keepNanos(String keepAlive) {
        for (String parameter : keepAlive.split(",", -1)) {
            @Nullable Long seconds = timeoutSeconds(parameter.strip());
            if (seconds != null) {
                return TimeUnit.SECONDS.toNanos(Math.max(0, seconds - 1));
            }
        }
        return Long.MAX_VALUE;
    }

    private static @Nullable Long timeoutSeconds(String parameter) {
        String digits =
                parameter.startsWith("timeout=") ? parameter.substring("timeout=".length()) : "";
        boolean number =
                !digits.isEmpty()
                        && digits.length() < 9
                        && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Long.valueOf(digits) : null;
    }

    private static ExchangeFailure refused(String reason) {
        return new ExchangeFailure(FailureKind.PROTOCOL, reason);
    }
}
