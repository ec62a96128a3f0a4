package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.mapper.Value;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpToken;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The lines that every answer of a call has in its head, from {@code x-litellm-call-id} on. To the
 * server they are one header: as twenty they cost more than all the rest of an answer from memory,
 * most of it for checking names that are constants.
 *
 * <p>What the server checks when it writes a head is checked here when a line is added: names once,
 * texts each time; numbers are ours. A line that is not allowed is not added. Nobody looks whether
 * a name is there already: every line is to be added once.
 *
 * <p>Belongs to the thread that serves the call.
 */
final class AnswerHead implements Header {

    private static final int USUAL_BYTES = 1024;
    private static final int LONGEST_NUMBER = 24;
    private static final int PICO_DIGITS = 12;
    private static final long PICO = 1_000_000_000_000L;
    private static final HeaderName CALL_ID = HeaderNames.create("x-litellm-call-id");
    private static final Name CALL_ID_LINE = Name.of("x-litellm-call-id");

    private final String callId;
    private byte[] lines = new byte[USUAL_BYTES];
    private int end;

    /** A name that lines begin with. */
    static final class Name {

        private final String text;
        private final byte[] start;

        private Name(String text) {
            HttpToken.validate(text);
            this.text = text;
            this.start = (text + ": ").getBytes(US_ASCII);
        }

        /**
         * A name as it is sent.
         *
         * @throws IllegalArgumentException if HTTP does not allow it
         */
        static Name of(String text) {
            return new Name(text);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The head of the answer to a call. */
    AnswerHead(UUID callId) {
        this.callId = callId.toString();
        text(CALL_ID_LINE, this.callId);
    }

    /**
     * Adds a line with any text.
     *
     * @throws IllegalArgumentException if a header's value cannot be so
     */
    void text(Name name, String value) {
        int length = value.length();
        begin(name, length);
        int from = end;
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            boolean isAllowed = c > ' ' || (i > 0 && (c == ' ' || c == '\t'));
            if (!isAllowed || c == 0x7f) {
                end = from - name.start.length;
                throw new IllegalArgumentException(
                        "character %d of %s cannot be in a header".formatted(i + 1, name));
            }
            // As the server does with what is not ASCII.
            lines[end++] = c < 0x80 ? (byte) c : (byte) '?';
        }
        end();
    }

    /** Adds a line with a whole number. */
    void number(Name name, long number) {
        if (number < 0) {
            text(name, Long.toString(number));
            return;
        }
        begin(name, LONGEST_NUMBER);
        digits(number);
        end();
    }

    /** Adds a line with picodollars as USD, in plain digits. */
    void usd(Name name, long pico) {
        if (pico < 0) {
            text(name, Answers.usd(pico));
            return;
        }
        begin(name, LONGEST_NUMBER);
        digits(pico / PICO);
        fraction(pico % PICO, PICO_DIGITS, /* isPlain= */ true);
        end();
    }

    /** Adds a line with nanoseconds as milliseconds with three digits. */
    void millis(Name name, long nanos) {
        long micros = Math.max(0, nanos) / 1000;
        begin(name, LONGEST_NUMBER);
        digits(micros / 1000);
        fraction(micros % 1000, 3, /* isPlain= */ false);
        end();
    }

    private void begin(Name name, int valueLength) {
        int length = name.start.length + valueLength + 2;
        if (lines.length - end < length) {
            lines = Arrays.copyOf(lines, Math.max(2 * lines.length, end + length));
        }
        System.arraycopy(name.start, 0, lines, end, name.start.length);
        end += name.start.length;
    }

    private void end() {
        lines[end++] = '\r';
        lines[end++] = '\n';
    }

    private void digits(long number) {
        int count = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            count++;
        }
        long rest = number;
        for (int at = end + count - 1; at >= end; at--) {
            lines[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        end += count;
    }

    /** The digits after the point; where they are to be plain, without zeros at the end. */
    private void fraction(long value, int width, boolean isPlain) {
        if (isPlain && value == 0) {
            return;
        }
        lines[end] = '.';
        long rest = value;
        for (int at = end + width; at > end; at--) {
            lines[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        end += width + 1;
        while (isPlain && lines[end - 1] == '0') {
            end--;
        }
    }

    /** All lines have been checked when they were added. */
    @Override
    public void validate() {}

    @Override
    public void writeHttp1Header(BufferData buffer) {
        buffer.write(lines, 0, end);
    }

    @Override
    public String name() {
        return CALL_ID.lowerCase();
    }

    @Override
    public HeaderName headerName() {
        return CALL_ID;
    }

    @Override
    public String get() {
        return callId;
    }

    @Override
    public List<String> allValues() {
        return List.of(callId);
    }

    @Override
    public int valueCount() {
        return 1;
    }

    @Override
    public boolean sensitive() {
        return false;
    }

    @Override
    public boolean changing() {
        return true;
    }

    @Override
    public Optional<String> asOptional() {
        return Optional.of(callId);
    }

    @Override
    public Value<String> asString() {
        return this;
    }

    @Override
    public <N> Value<N> as(Class<N> type) {
        throw isText();
    }

    @Override
    public <N> Value<N> as(GenericType<N> type) {
        throw isText();
    }

    @Override
    public <N> Value<N> as(Function<? super String, ? extends N> mapper) {
        throw isText();
    }

    @Override
    public Value<Boolean> asBoolean() {
        throw isText();
    }

    @Override
    public Value<Integer> asInt() {
        throw isText();
    }

    @Override
    public Value<Long> asLong() {
        throw isText();
    }

    @Override
    public Value<Double> asDouble() {
        throw isText();
    }

    private static UnsupportedOperationException isText() {
        return new UnsupportedOperationException("the id of a call is a text");
    }
}
