package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one pass over a body of {@code multipart/form-data}; an instance reads one body. The file
 * stays where it is.
 *
 * <p>What two readers could take for two things is refused: a field that matters twice, names that
 * are escaped, parts that are encoded.
 */
final class FormReader {

    private static final byte[] LINE_END = {'\r', '\n'};
    private static final Pattern TYPE =
            Pattern.compile(
                    "multipart/form-data\\s*;(?:[^\"]*;)?\\s*boundary="
                            + "(?:\"([^\"]*)\"|([^\\s;\"]+))\\s*(?:;.*)?",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern BOUNDARY = Pattern.compile("[0-9A-Za-z'()+_,\\-./:=?]{1,70}");
    private static final Pattern DISPOSITION =
            Pattern.compile(
                    "form-data\\s*;\\s*name=\"([^\"\\\\%]*)\"(\\s*;\\s*filename\\*?=.*)?",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern FILE_FIRST =
            Pattern.compile(
                    "form-data\\s*;\\s*filename=\"[^\"\\\\;]*\"\\s*;\\s*name=\"([^\"\\\\%]*)\"",
                    Pattern.CASE_INSENSITIVE);
    private static final List<String> PLAIN = List.of("binary", "8bit", "7bit");
    private static final Set<String> ONCE = Set.of("model", "stream", "user", "file");
    private static final int HEAD_BYTES_MAX = 4096;
    private static final int FIELDS_MAX = 100;

    private final byte[] body;
    private final int length;
    private final String boundary;
    private final byte[] delimiter;
    private final Set<String> names = new HashSet<>();
    private int at;
    private int modelStart = -1;
    private int modelEnd;
    private @Nullable String model;
    private boolean stream;
    private @Nullable String user;
    private int fileStart = -1;
    private int fileEnd;
    private final @Nullable FormDigest digest;

    private FormReader(byte[] body, int length, String boundary, @Nullable FormDigest digest) {
        this.body = body;
        this.length = length;
        this.boundary = boundary;
        this.digest = digest;
        this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    }

    static RequestPeek read(
            @Nullable String contentType,
            byte[] body,
            int length,
            boolean wantHash,
            @Nullable String modelOfPath) {
        Matcher type = TYPE.matcher(contentType == null ? "" : contentType.strip());
        if (!type.matches()) {
            return new RequestPeek.Malformed(
                    "A body of multipart/form-data with a boundary is expected.", null);
        }
        String boundary = type.group(1) != null ? type.group(1) : type.group(2);
        if (!BOUNDARY.matcher(boundary).matches()) {
            return new RequestPeek.Malformed("The form's boundary is not valid.", null);
        }
        try {
            return new FormReader(body, length, boundary, wantHash ? new FormDigest() : null)
                    .read(modelOfPath);
        } catch (MalformedException e) {
            String message =
                    e.param() == null
                            ? "We could not parse the form of your request: " + e.problem()
                            : e.problem();
            return new RequestPeek.Malformed(message, e.param());
        }
    }

    private RequestPeek.Facts read(@Nullable String modelOfPath) throws MalformedException {
        byte[] first = Arrays.copyOfRange(delimiter, 2, delimiter.length);
        if (!startsWith(first, 0)) {
            throw new MalformedException("it does not begin with its boundary", null);
        }
        at = first.length;
        while (!isLast()) {
            part();
        }
        String asked = modelOfPath == null ? model : modelOfPath;
        if (asked == null) {
            throw new MalformedException("you must provide a model parameter", "model");
        }
        if (fileStart < 0 || fileEnd == fileStart) {
            throw new MalformedException("Missing required parameter: 'file'.", "file");
        }
        return new RequestPeek.Facts(
                asked,
                stream,
                false,
                user,
                CacheControls.NONE,
                RouterWishes.NONE,
                /* wantsSchema= */ false,
                0,
                -1,
                digest == null || stream ? null : digest.hash(),
                null,
                new SplicePoints(
                        0,
                        modelStart,
                        modelEnd,
                        null,
                        SplicePoints.NO_CUTS,
                        List.of(),
                        new FormBody(boundary, names, fileStart, fileEnd)));
    }

    /** After a boundary: whether it is the last one, else over its line end. */
    private boolean isLast() throws MalformedException {
        if (startsWith(new byte[] {'-', '-'}, at)) {
            requireNothingFrom(at + 2);
            return true;
        }
        while (at < length && (body[at] == ' ' || body[at] == '\t')) {
            at++;
        }
        if (!startsWith(LINE_END, at)) {
            throw new MalformedException("it ends before its last boundary", null);
        }
        at += LINE_END.length;
        return false;
    }

    /**
     * Blanks and whole line ends: where we see the end another reader may see fields that go on.
     */
    private void requireNothingFrom(int offset) throws MalformedException {
        int i = offset;
        while (i < length) {
            if (body[i] == ' ' || body[i] == '\t') {
                i++;
            } else if (startsWith(LINE_END, i)) {
                i += LINE_END.length;
            } else {
                throw new MalformedException("something follows its last boundary", null);
            }
        }
    }

    private void part() throws MalformedException {
        String name = head();
        int start = at;
        // The blank line's end could be the boundary's own: the part would have no value at all.
        if (startsWith(Arrays.copyOfRange(delimiter, 2, delimiter.length), start)) {
            throw new MalformedException("a part's head is followed by a boundary", null);
        }
        int end = indexOfDelimiter(at);
        at = end + delimiter.length;
        if (names.size() >= FIELDS_MAX) {
            throw new MalformedException("it has too many fields", null);
        }
        boolean isNew = names.add(name);
        if (!isNew && ONCE.contains(name)) {
            throw FieldChecks.duplicate(name);
        }
        if (digest != null && !name.equals("model") && !name.equals("stream")) {
            digest.add(name, body, start, end);
        }
        switch (name) {
            case "model" -> {
                model = text(start, end, name);
                modelStart = start;
                modelEnd = end;
                if (model.isEmpty()) {
                    throw new MalformedException("you must provide a model parameter", "model");
                }
            }
            case "stream" -> stream = flag(text(start, end, name));
            case "user" -> user = text(start, end, name);
            case "file" -> {
                fileStart = start;
                fileEnd = end;
            }
            default -> {
                // Passes as it is.
            }
        }
    }

    /** The name of the part; the reader then stands at its value. */
    private String head() throws MalformedException {
        String name = null;
        int bound = Math.min(length, at + HEAD_BYTES_MAX);
        while (true) {
            int end = at;
            while (end < bound && body[end] != '\r') {
                end++;
            }
            if (end + 1 >= bound || body[end + 1] != '\n') {
                throw new MalformedException("a part's head does not end", null);
            }
            String line = new String(body, at, end - at, UTF_8);
            at = end + 2;
            if (line.isEmpty()) {
                break;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            // A bare line end or a NUL: where we see one line another reader may see two.
            boolean plain = line.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f));
            if (!plain || field.isEmpty() || !field.equals(field.strip())) {
                throw new MalformedException("a line of a part's head is not valid", null);
            }
            if (field.equals("content-disposition")) {
                if (name != null) {
                    throw new MalformedException("a part has two names", null);
                }
                name = nameOf(value);
            } else if (field.equals("content-transfer-encoding")
                    && !PLAIN.contains(value.toLowerCase(Locale.ROOT))) {
                throw new MalformedException("a part is encoded", null);
            }
        }
        if (name == null) {
            throw new MalformedException("a part has no name", null);
        }
        return name;
    }

    private static String nameOf(String disposition) throws MalformedException {
        Matcher usual = DISPOSITION.matcher(disposition);
        Matcher other = FILE_FIRST.matcher(disposition);
        Matcher found = usual.matches() ? usual : other.matches() ? other : null;
        if (found == null) {
            throw new MalformedException("a part's name is not valid", null);
        }
        String rest = found == usual && usual.group(2) != null ? usual.group(2) : "";
        // What comes after the file's name could be another name.
        if (rest.toLowerCase(Locale.ROOT).matches(".*;\\s*name\\b.*")) {
            throw new MalformedException("a part has two names", null);
        }
        return found.group(1);
    }

    private int indexOfDelimiter(int from) throws MalformedException {
        int last = length - delimiter.length;
        for (int i = from; i <= last; i++) {
            if (body[i] == '\r' && startsWith(delimiter, i)) {
                return i;
            }
        }
        throw new MalformedException("it ends before its last boundary", null);
    }

    private boolean startsWith(byte[] text, int offset) {
        return offset + text.length <= length
                && Arrays.equals(body, offset, offset + text.length, text, 0, text.length);
    }

    private String text(int start, int end, String name) throws MalformedException {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body, start, end - start)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException(
                    "Invalid value for '" + name + "': it is not valid Unicode.", name);
        }
    }

    private static boolean flag(String text) throws MalformedException {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0", "" -> false;
            default ->
                    throw new MalformedException(
                            "Invalid type for 'stream': expected a boolean.", "stream");
        };
    }
}
