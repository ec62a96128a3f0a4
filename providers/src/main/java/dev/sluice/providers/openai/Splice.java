package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A request body as the provider shall see it: the caller's own bytes but for the model's name, the
 * fields that stay here, and the wish for usage.
 */
public final class Splice {

    private static final Slice STREAM_OPTIONS_MEMBER =
            ascii("\"stream_options\":{\"include_usage\":true},");
    private static final Slice STREAM_OPTIONS_VALUE = ascii("{\"include_usage\":true}");
    private static final Slice USAGE_MEMBER = ascii("\"include_usage\":true");
    private static final Slice USAGE_FIRST_MEMBER = ascii("\"include_usage\":true,");
    private static final byte[] MODEL_NAME = "\"model\":".getBytes(US_ASCII);
    private static final Slice TRUE = ascii("true");
    private static final Slice NOTHING = ascii("");

    private record Edit(int start, int end, Slice replacement) {}

    private Splice() {}

    /** The same without a cap on the answer's length. */
    public static List<Slice> splice(
            byte[] body,
            int length,
            RequestPeek.Facts facts,
            byte[] upstreamModelJson,
            boolean askForUsage) {
        return splice(body, length, facts, upstreamModelJson, askForUsage, null);
    }

    /**
     * Returns the pieces of the body to send, in order. They share {@code body}: keep it unchanged
     * until they are sent.
     *
     * @param facts what {@link RequestPeek} found in the same bytes
     * @param upstreamModelJson the provider's name of the model as a JSON string, quotes included;
     *     as it is for a form
     * @param askForUsage asks for the usage event of a streamed answer; {@link
     *     RequestPeek.Facts#includeUsage} tells whether the caller may see it
     * @param cap on the answer's length, null for none
     */
    public static List<Slice> splice(
            byte[] body,
            int length,
            RequestPeek.Facts facts,
            byte[] upstreamModelJson,
            boolean askForUsage,
            @Nullable OutputCap cap) {
        SplicePoints points = facts.splicePoints();
        List<Edit> edits = new ArrayList<>(3 + points.cuts().length / 2);
        edits.add(model(points, upstreamModelJson));
        for (int i = 0; i < points.cuts().length; i += 2) {
            edits.add(new Edit(points.cuts()[i], points.cuts()[i + 1], NOTHING));
        }
        if (askForUsage && facts.stream()) {
            Edit usage = usageEdit(points);
            if (usage != null) {
                edits.add(usage);
            }
        }
        if (cap != null) {
            cap(points, cap, edits);
        }
        // Edits never overlap; one that only inserts comes before one that starts at its place.
        edits.sort(
                (left, right) -> Integer.compare(left.start + left.end, right.start + right.end));
        return apply(body, length, edits);
    }

    private static Edit model(SplicePoints points, byte[] upstreamModelJson) {
        if (points.modelStart() >= 0) {
            return new Edit(points.modelStart(), points.modelEnd(), Slice.of(upstreamModelJson));
        }
        FormBody form = points.form();
        if (form != null) {
            String part =
                    "--%s\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n%s\r\n"
                            .formatted(form.boundary(), new String(upstreamModelJson, UTF_8));
            return new Edit(0, 0, Slice.of(part.getBytes(UTF_8)));
        }
        byte[] member = new byte[MODEL_NAME.length + upstreamModelJson.length + 1];
        System.arraycopy(MODEL_NAME, 0, member, 0, MODEL_NAME.length);
        System.arraycopy(upstreamModelJson, 0, member, MODEL_NAME.length, upstreamModelJson.length);
        member[member.length - 1] = ',';
        return new Edit(points.firstMember(), points.firstMember(), Slice.of(member));
    }

    private static void cap(SplicePoints points, OutputCap cap, List<Edit> edits) {
        boolean isBounded = false;
        for (SplicePoints.TokenBound bound : points.tokenBounds()) {
            isBounded |= bound.tokens() >= 0;
            if (bound.tokens() > cap.tokens()) {
                edits.add(new Edit(bound.start(), bound.end(), ascii(Long.toString(cap.tokens()))));
            }
        }
        if (isBounded) {
            return;
        }
        if (!points.tokenBounds().isEmpty()) {
            // A null of the caller's is taken over: a second member of that name would not do.
            SplicePoints.TokenBound none = points.tokenBounds().getFirst();
            edits.add(new Edit(none.start(), none.end(), ascii(Long.toString(cap.tokens()))));
            return;
        }
        String name = cap.member().name().toLowerCase(Locale.ROOT);
        Slice member = ascii("\"%s\":%d,".formatted(name, cap.tokens()));
        edits.add(new Edit(points.firstMember(), points.firstMember(), member));
    }

    private static @Nullable Edit usageEdit(SplicePoints points) {
        SplicePoints.StreamOptions options = points.streamOptions();
        if (options == null) {
            return new Edit(points.firstMember(), points.firstMember(), STREAM_OPTIONS_MEMBER);
        }
        if (options.asksForUsage()) {
            return null;
        }
        if (options.isNull()) {
            return new Edit(options.start(), options.end(), STREAM_OPTIONS_VALUE);
        }
        if (options.usageStart() >= 0) {
            return new Edit(options.usageStart(), options.usageEnd(), TRUE);
        }
        int inside = options.start() + 1;
        return new Edit(inside, inside, options.isEmpty() ? USAGE_MEMBER : USAGE_FIRST_MEMBER);
    }

    private static List<Slice> apply(byte[] body, int length, List<Edit> edits) {
        List<Slice> slices = new ArrayList<>(2 * edits.size() + 1);
        int kept = 0;
        for (Edit edit : edits) {
            add(slices, body, kept, edit.start);
            if (edit.replacement.length() > 0) {
                slices.add(edit.replacement);
            }
            kept = edit.end;
        }
        add(slices, body, kept, length);
        return slices;
    }

    private static void add(List<Slice> slices, byte[] bytes, int start, int end) {
        if (end > start) {
            slices.add(new Slice(bytes, start, end - start));
        }
    }

    private static Slice ascii(String text) {
        return Slice.of(text.getBytes(US_ASCII));
    }
}
