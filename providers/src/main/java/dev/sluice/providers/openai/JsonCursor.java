package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Objects;

/**
 * Steps over a JSON text where it lies, without building anything. Strict: RFC 8259 in valid UTF-8
 * and nothing beside it, at most {@value #NESTING_MAX} levels deep.
 *
 * <p>The caller drives it from value to value:
 *
 * <pre>{@code
 * cursor.enterObject();
 * while (cursor.nextMember()) {     // now at the member's value
 *     cursor.skipValue();
 * }
 * cursor.expectEnd();
 * }</pre>
 */
final class JsonCursor {

    static final int NESTING_MAX = 64;
    static final int NUMBER_BYTES_MAX = 1_000;
    static final int NAME_BYTES_MAX = 50_000;
    static final int STRING_BYTES_MAX = 20_000_000;

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    final byte[] bytes;
    private final int end;
    private int position;
    private int depth;
    private boolean atFirst;

    private int textStart;
    private int textEnd;
    private boolean textEscaped;
    private int nameStart;
    private int nameEnd;
    private boolean nameEscaped;

    /** A cursor at the first value of the text from {@code start} to {@code end}. */
    JsonCursor(byte[] bytes, int start, int end) throws MalformedException {
        Objects.checkFromToIndex(start, end, bytes.length);
        this.bytes = bytes;
        this.end = end;
        this.position = start;
        skipWhitespace();
    }

    /** Where the cursor stands: at the first byte of a value, or behind the last one read. */
    int position() {
        return position;
    }

    /** Another cursor at the same place, to look ahead with. */
    JsonCursor ahead() throws MalformedException {
        return new JsonCursor(bytes, position, end);
    }

    /** The first byte of the value ahead, which tells its kind. */
    byte kind() {
        return bytes[position];
    }

    void enterObject() throws MalformedException {
        enter('{');
    }

    /** Steps to the value of the next member, or out of the object. */
    boolean nextMember() throws MalformedException {
        if (!nextItem('}')) {
            return false;
        }
        readString();
        nameStart = textStart;
        nameEnd = textEnd;
        nameEscaped = textEscaped;
        if (nameEnd - nameStart > NAME_BYTES_MAX) {
            throw malformed("a name is too long");
        }
        if (nameEscaped && !textIsUnicode()) {
            throw malformed("a name is not valid Unicode");
        }
        skipWhitespace();
        if (kind() != ':') {
            throw malformed("a colon is missing");
        }
        position++;
        skipWhitespace();
        return true;
    }

    void enterArray() throws MalformedException {
        enter('[');
    }

    /** Steps to the next element, or out of the array. */
    boolean nextElement() throws MalformedException {
        return nextItem(']');
    }

    /** Steps over one value of any kind, and checks every byte of it. */
    void skipValue() throws MalformedException {
        switch (kind()) {
            case '{' -> {
                enterObject();
                while (nextMember()) {
                    skipValue();
                }
            }
            case '[' -> {
                enterArray();
                while (nextElement()) {
                    skipValue();
                }
            }
            default -> skipScalar();
        }
    }

    /** Steps over a string, a number or a literal. */
    void skipScalar() throws MalformedException {
        switch (kind()) {
            case '"' -> readString();
            case 't' -> readLiteral(TRUE);
            case 'f' -> readLiteral(FALSE);
            case 'n' -> readLiteral(NULL);
            default -> readNumber();
        }
    }

    /** Refuses everything but white space between here and the end. */
    void expectEnd() throws MalformedException {
        while (position < end) {
            if (!isWhitespace(bytes[position])) {
                throw malformed("something follows the value");
            }
            position++;
        }
    }

    /** The offset of the opening quote of the name of the member whose value is ahead. */
    int memberStart() {
        return nameStart - 1;
    }

    /** Whether the present member's name, unescaped, is {@code name}. */
    boolean nameIs(byte[] name) {
        if (!nameEscaped) {
            return Arrays.equals(bytes, nameStart, nameEnd, name, 0, name.length);
        }
        byte[] unescaped = new byte[nameEnd - nameStart];
        int length = JsonStrings.unescape(bytes, nameStart, nameEnd, unescaped, 0);
        return Arrays.equals(unescaped, 0, length, name, 0, name.length);
    }

    /** Writes the present member's name, unescaped, and returns the offset behind it. */
    int writeName(byte[] into, int offset) {
        return write(nameStart, nameEnd, nameEscaped, into, offset);
    }

    /** The most bytes that {@link #writeName} needs. */
    int nameBytesMax() {
        return nameEnd - nameStart;
    }

    /** Writes the last string read, unescaped, and returns the offset behind it. */
    int writeText(byte[] into, int offset) {
        return write(textStart, textEnd, textEscaped, into, offset);
    }

    /** The most bytes that {@link #writeText} needs; 0 is an empty string. */
    int textBytesMax() {
        return textEnd - textStart;
    }

    /** Whether the last string read, unescaped, is {@code text}. */
    boolean textIs(byte[] text) {
        return textEscaped
                ? Arrays.equals(text().getBytes(UTF_8), text)
                : Arrays.equals(bytes, textStart, textEnd, text, 0, text.length);
    }

    /** The last string read. A surrogate without its partner comes out as U+FFFD. */
    String text() {
        if (!textEscaped) {
            return new String(bytes, textStart, textEnd - textStart, UTF_8);
        }
        byte[] unescaped = new byte[textBytesMax()];
        return new String(unescaped, 0, writeText(unescaped, 0), UTF_8);
    }

    /** Whether the last string read is Unicode text: no surrogate without its partner. */
    boolean textIsUnicode() {
        if (!textEscaped) {
            return true;
        }
        byte[] unescaped = new byte[textBytesMax()];
        return JsonStrings.isUnicode(unescaped, writeText(unescaped, 0));
    }

    MalformedException malformed(String problem) {
        return new MalformedException(problem + " (byte " + position + ")", null);
    }

    private int write(int start, int stop, boolean escaped, byte[] into, int offset) {
        if (escaped) {
            return JsonStrings.unescape(bytes, start, stop, into, offset);
        }
        System.arraycopy(bytes, start, into, offset, stop - start);
        return offset + stop - start;
    }

    private void enter(char bracket) throws MalformedException {
        if (kind() != bracket) {
            throw malformed("another value was expected");
        }
        depth++;
        if (depth > NESTING_MAX) {
            throw malformed("it is nested too deeply");
        }
        position++;
        atFirst = true;
    }

    private boolean nextItem(char closing) throws MalformedException {
        skipWhitespace();
        boolean first = atFirst;
        atFirst = false;
        byte next = kind();
        if (next == closing) {
            depth--;
            position++;
            return false;
        }
        if (!first) {
            if (next != ',') {
                throw malformed("a comma is missing");
            }
            position++;
            skipWhitespace();
        }
        return true;
    }

    private void readString() throws MalformedException {
        if (kind() != '"') {
            throw malformed("a string was expected");
        }
        position++;
        textStart = position;
        textEscaped = false;
        while (true) {
            position = JsonStrings.plainRun(bytes, position, end);
            if (position == end) {
                throw malformed("it ends within a string");
            }
            byte next = bytes[position];
            if (next == '"') {
                break;
            }
            int length = JsonStrings.special(bytes, position, end);
            if (length == 0) {
                throw malformed("a string has an invalid byte or escape");
            }
            textEscaped |= next == '\\';
            position += length;
        }
        textEnd = position;
        if (textEnd - textStart > STRING_BYTES_MAX) {
            throw malformed("a string is too long");
        }
        position++;
    }

    private void readLiteral(byte[] literal) throws MalformedException {
        int stop = position + literal.length;
        if (stop > end || !Arrays.equals(bytes, position, stop, literal, 0, literal.length)) {
            throw malformed("a value is not JSON");
        }
        position = stop;
    }

    private void readNumber() throws MalformedException {
        int start = position;
        if (kind() == '-') {
            position++;
        }
        if (position < end && bytes[position] == '0') {
            position++;
        } else {
            readDigits();
        }
        if (position < end && bytes[position] == '.') {
            position++;
            readDigits();
        }
        if (position < end && (bytes[position] | 0x20) == 'e') {
            position++;
            if (position < end && (bytes[position] == '+' || bytes[position] == '-')) {
                position++;
            }
            readDigits();
        }
        if (position - start > NUMBER_BYTES_MAX) {
            throw malformed("a number is too long");
        }
    }

    private void readDigits() throws MalformedException {
        int start = position;
        while (position < end && bytes[position] >= '0' && bytes[position] <= '9') {
            position++;
        }
        if (position == start) {
            throw malformed("a value is not JSON");
        }
    }

    /** Steps to a byte that is not white space: there must be one. */
    private void skipWhitespace() throws MalformedException {
        while (position < end) {
            if (!isWhitespace(bytes[position])) {
                return;
            }
            position++;
        }
        throw malformed("it ends too early");
    }

    private static boolean isWhitespace(byte value) {
        return value <= ' ' && (value == ' ' || value == '\n' || value == '\r' || value == '\t');
    }
}
