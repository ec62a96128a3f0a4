package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.providers.openai.RouterWishes.Pretence;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The one pass over a request body; an instance reads one body. */
final class RequestReader {

    /** A name of the body that matters, whichever endpoint it is sent to. */
    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to the bytes of a name
    private enum Field {
        MODEL,
        MESSAGES,
        PROMPT,
        INPUT,
        DOCUMENTS,
        QUERY,
        STREAM,
        STREAM_OPTIONS,
        USER,
        MAX_TOKENS,
        MAX_COMPLETION_TOKENS,
        MAX_OUTPUT_TOKENS,
        METADATA,
        RESPONSE_FORMAT,
        CACHE,
        CACHING,
        LITELLM_METADATA,
        TAGS,
        FALLBACKS,
        DISABLE_FALLBACKS,
        NUM_RETRIES,
        TIMEOUT,
        STREAM_TIMEOUT,
        MOCK_TESTING_FALLBACKS,
        MOCK_TESTING_CONTEXT_FALLBACKS,
        MOCK_TESTING_CONTENT_POLICY_FALLBACKS,
        MOCK_TESTING_RATE_LIMIT_ERROR;

        private static final Field[] ALL = values();

        private final String text = name().toLowerCase(Locale.ROOT);
        private final byte[] bytes = text.getBytes(US_ASCII);

        static @Nullable Field at(JsonCursor cursor) {
            for (Field field : ALL) {
                if (cursor.nameIs(field.bytes)) {
                    return field;
                }
            }
            return null;
        }

        /** LiteLLM's own fields, which a provider would refuse. */
        boolean staysHere() {
            return compareTo(CACHE) >= 0;
        }
    }

    /** What OpenAI takes where a request for moderation names no model. */
    private static final String USUAL_MODERATION_MODEL = "omni-moderation-latest";

    private static final byte[] INCLUDE_USAGE = "include_usage".getBytes(US_ASCII);
    private static final byte[] TYPE = "type".getBytes(US_ASCII);
    private static final byte[] SCHEMA = "\"json_schema\"".getBytes(US_ASCII);

    private final Endpoint endpoint;
    private final JsonCursor cursor;
    private final @Nullable CanonicalForm canonical;
    private final @Nullable String modelOfPath;

    private final Set<Field> seen = EnumSet.noneOf(Field.class);
    private @Nullable String model;
    private int modelStart = -1;
    private int modelEnd = -1;
    private int queryBytes;
    private boolean stream;
    private boolean wantsSchema;
    private SplicePoints.@Nullable StreamOptions streamOptions;
    private @Nullable String user;
    private CacheControls cache = CacheControls.NONE;
    private boolean isRepeatable = true;
    private final @Nullable WholeRequest whole;
    private @Nullable InputItems inputs;
    private @Nullable RouterWishesReader wishes;
    private int promptBytes;
    private long maxTokens = -1;
    private long maxCompletionTokens = -1;

    private List<SplicePoints.TokenBound> tokenBounds = List.of();
    private int[] cuts = SplicePoints.NO_CUTS;
    private int cutStart = -1;
    private int cutEnd;
    private int keptEnd;

    private RequestReader(
            Endpoint endpoint,
            JsonCursor cursor,
            @Nullable CanonicalForm canonical,
            @Nullable String modelOfPath) {
        this.endpoint = endpoint;
        this.cursor = cursor;
        this.canonical = canonical;
        this.modelOfPath = modelOfPath;
        this.whole = canonical == null ? null : new WholeRequest(endpoint);
    }

    static RequestPeek read(
            Endpoint endpoint,
            byte[] body,
            int length,
            boolean wantHash,
            @Nullable String modelOfPath) {
        try {
            var cursor = new JsonCursor(body, 0, length);
            CanonicalForm canonical =
                    wantHash ? new CanonicalForm("sluice/1 " + endpoint.path(), length) : null;
            return new RequestReader(endpoint, cursor, canonical, modelOfPath).read();
        } catch (MalformedException e) {
            String message =
                    e.param() == null
                            ? "We could not parse the JSON body of your request: " + e.problem()
                            : e.problem();
            return new RequestPeek.Malformed(message, e.param());
        }
    }

    private RequestPeek.Facts read() throws MalformedException {
        if (cursor.kind() != '{') {
            throw cursor.malformed("it is not an object");
        }
        cursor.enterObject();
        int firstMember = cursor.position();
        keptEnd = firstMember;
        int firstCanonical = canonical == null ? 0 : canonical.beginObject();
        while (cursor.nextMember()) {
            member();
        }
        cursor.expectEnd();
        endCuts();
        if (modelOfPath != null) {
            model = modelOfPath;
        } else if (model == null && endpoint == Endpoint.MODERATIONS) {
            model = USUAL_MODERATION_MODEL;
        }
        if (model == null) {
            throw new MalformedException("you must provide a model parameter", "model");
        }
        requirePrompt();
        boolean isKeyed = canonical != null && mayBeRepeated();
        return new RequestPeek.Facts(
                model,
                stream,
                streamOptions != null && streamOptions.asksForUsage(),
                user,
                // LiteLLM's other word: neither answered from the cache nor kept there.
                isRepeatable ? cache : cache.forbidding(),
                wishes == null ? RouterWishes.NONE : wishes.wishes(),
                wantsSchema,
                promptBytes + queryBytes,
                Math.max(maxTokens, maxCompletionTokens),
                isKeyed && canonical != null ? canonical.hash(firstCanonical) : null,
                isKeyed ? inputs : null,
                new SplicePoints(
                        firstMember, modelStart, modelEnd, streamOptions, cuts, tokenBounds, null));
    }

    private boolean mayBeRepeated() {
        boolean isKnown = inputs == null || !inputs.items().isEmpty();
        return isRepeatable && isKnown && whole != null && whole.isWhole();
    }

    private void member() throws MalformedException {
        if (whole != null) {
            whole.member(cursor);
        }
        Field field = Field.at(cursor);
        int start = cursor.memberStart();
        boolean stays = field != null && field.staysHere();
        if (field == null) {
            keep();
        } else {
            refuseDuplicate(field);
            stays |= field == Field.METADATA && hasTags(field);
            // Labels change no answer but that of a response, which repeats them.
            boolean isLabels = field == Field.METADATA && endpoint != Endpoint.RESPONSES;
            if (isLabels || (stays && field == Field.METADATA)) {
                cursor.skipValue();
            } else {
                known(field);
            }
        }
        markCut(stays, start);
        if (stays) {
            cutEnd = cursor.position();
        } else {
            keptEnd = cursor.position();
        }
    }

    private void known(Field field) throws MalformedException {
        switch (field) {
            case MODEL -> readModel();
            case MESSAGES, PROMPT, INPUT, DOCUMENTS -> prompt(field);
            case QUERY -> readQuery();
            case STREAM -> stream = readStream();
            case STREAM_OPTIONS -> streamOptions = readStreamOptions();
            case USER -> user = readUser();
            case MAX_TOKENS -> maxTokens = Math.max(maxTokens, readTokens(field.text));
            case MAX_COMPLETION_TOKENS -> maxCompletionTokens = readTokens(field.text);
            case MAX_OUTPUT_TOKENS -> readOutputTokens();
            case METADATA -> keep();
            case RESPONSE_FORMAT -> readResponseFormat();
            case CACHE -> cache = CacheControlsReader.read(cursor);
            case CACHING -> isRepeatable = readCaching();
            default -> wish(field, wishes());
        }
    }

    private void readResponseFormat() throws MalformedException {
        if (endpoint == Endpoint.CHAT_COMPLETIONS && cursor.kind() == '{') {
            wantsSchema = isSchema(cursor.ahead());
        }
        keep();
    }

    /** By its bytes: what is escaped in it is checked by who answers. */
    private static boolean isSchema(JsonCursor format) throws MalformedException {
        boolean isSchema = false;
        format.enterObject();
        while (format.nextMember()) {
            boolean isType = format.nameIs(TYPE);
            int start = format.position();
            format.skipValue();
            isSchema |=
                    isType
                            && Arrays.equals(
                                    format.bytes,
                                    start,
                                    format.position(),
                                    SCHEMA,
                                    0,
                                    SCHEMA.length);
        }
        return isSchema;
    }

    /** The two forms of a response are not made of each other: each is a request of its own. */
    private boolean readStream() throws MalformedException {
        if (endpoint != Endpoint.RESPONSES || canonical == null) {
            return FieldChecks.flag(cursor, Field.STREAM.text);
        }
        boolean isStream = cursor.kind() == 't';
        FieldChecks.flag(cursor.ahead(), Field.STREAM.text);
        canonical.member(cursor);
        return isStream;
    }

    /** LiteLLM's other word: false is neither to be answered from the cache nor kept there. */
    private boolean readCaching() throws MalformedException {
        boolean isNull = cursor.kind() == 'n';
        return FieldChecks.flag(cursor, Field.CACHING.text) || isNull;
    }

    private void readOutputTokens() throws MalformedException {
        if (endpoint == Endpoint.RESPONSES) {
            maxTokens = Math.max(maxTokens, readTokens(Field.MAX_OUTPUT_TOKENS.text));
        } else {
            keep();
        }
    }

    private void wish(Field field, RouterWishesReader wishes) throws MalformedException {
        switch (field) {
            case LITELLM_METADATA -> wishes.metadata(cursor, field.text);
            case TAGS -> wishes.tags(cursor, field.text);
            case FALLBACKS -> wishes.fallbacks(cursor);
            case DISABLE_FALLBACKS -> wishes.disableFallbacks(cursor);
            case NUM_RETRIES -> wishes.numRetries(cursor);
            case TIMEOUT -> wishes.timeout(cursor);
            case STREAM_TIMEOUT -> wishes.streamTimeout(cursor);
            case MOCK_TESTING_FALLBACKS -> wishes.pretend(cursor, Pretence.FAILURE, field.text);
            case MOCK_TESTING_CONTEXT_FALLBACKS ->
                    wishes.pretend(cursor, Pretence.CONTEXT_WINDOW, field.text);
            case MOCK_TESTING_CONTENT_POLICY_FALLBACKS ->
                    wishes.pretend(cursor, Pretence.CONTENT_POLICY, field.text);
            case MOCK_TESTING_RATE_LIMIT_ERROR ->
                    wishes.pretend(cursor, Pretence.RATE_LIMIT, field.text);
            default -> throw new IllegalStateException(field + " is no wish");
        }
    }

    /** OpenAI's metadata are texts that it stores; with a list of tags it is LiteLLM's. */
    private boolean hasTags(Field field) throws MalformedException {
        return wishes().metadata(cursor.ahead(), field.text);
    }

    private RouterWishesReader wishes() {
        RouterWishesReader known = wishes;
        if (known == null) {
            known = new RouterWishesReader();
            wishes = known;
        }
        return known;
    }

    private void readModel() throws MalformedException {
        FieldChecks.require(cursor.kind() == '"', "a string", cursor, "model");
        modelStart = cursor.position();
        cursor.skipScalar();
        modelEnd = cursor.position();
        if (cursor.textBytesMax() == 0) {
            throw new MalformedException("you must provide a model parameter", "model");
        }
        model = FieldChecks.text(cursor, "model");
    }

    private void prompt(Field field) throws MalformedException {
        if (!field.text.equals(endpoint.promptName())) {
            keep();
            return;
        }
        byte kind = cursor.kind();
        boolean chat = endpoint == Endpoint.CHAT_COMPLETIONS;
        if (kind != 'n') {
            requireForm(kind, field.text);
        }
        int start = cursor.position();
        if (endpoint == Endpoint.EMBEDDINGS && canonical != null && kind != 'n') {
            inputs = InputItems.read(cursor, canonical);
        } else {
            keep();
        }
        promptBytes = kind == 'n' ? 0 : cursor.position() - start;
        if (chat && kind == '[' && isEmptyArray(start)) {
            throw new MalformedException(
                    "Invalid 'messages': empty array. Expected an array with minimum length 1, but"
                            + " got an empty array instead.",
                    field.text);
        }
    }

    private void requireForm(byte kind, String param) throws MalformedException {
        boolean fits;
        String expected;
        switch (endpoint) {
            case CHAT_COMPLETIONS -> {
                fits = kind == '[';
                expected = "an array of objects";
            }
            case RERANK -> {
                fits = kind == '[';
                expected = "an array";
            }
            case IMAGES, SPEECH -> {
                fits = kind == '"';
                expected = "a string";
            }
            default -> {
                fits = kind == '[' || kind == '"';
                expected = "a string or an array";
            }
        }
        FieldChecks.require(fits, expected, cursor, param);
    }

    private void readQuery() throws MalformedException {
        if (endpoint != Endpoint.RERANK) {
            keep();
            return;
        }
        byte kind = cursor.kind();
        FieldChecks.require(kind == '"', "a string", cursor, "query");
        int start = cursor.position();
        keep();
        queryBytes = cursor.position() - start;
    }

    private boolean isEmptyArray(int start) {
        int next = start + 1;
        while (cursor.bytes[next] <= ' ' && cursor.bytes[next] >= 0) {
            next++;
        }
        return cursor.bytes[next] == ']';
    }

    private void requirePrompt() throws MalformedException {
        if (promptBytes == 0) {
            String name = endpoint.promptName();
            throw new MalformedException("Missing required parameter: '" + name + "'.", name);
        }
        if (endpoint == Endpoint.RERANK && queryBytes == 0) {
            throw new MalformedException("Missing required parameter: 'query'.", "query");
        }
    }

    private SplicePoints.StreamOptions readStreamOptions() throws MalformedException {
        int start = cursor.position();
        if (cursor.kind() == 'n') {
            cursor.skipScalar();
            return new SplicePoints.StreamOptions(
                    start, cursor.position(), true, true, -1, -1, false);
        }
        FieldChecks.require(cursor.kind() == '{', "an object", cursor, "stream_options");
        boolean isEmpty = true;
        boolean asksForUsage = false;
        int usageStart = -1;
        int usageEnd = -1;
        cursor.enterObject();
        while (cursor.nextMember()) {
            isEmpty = false;
            if (!cursor.nameIs(INCLUDE_USAGE)) {
                cursor.skipValue();
                continue;
            }
            if (usageStart >= 0) {
                throw FieldChecks.duplicate("stream_options.include_usage");
            }
            usageStart = cursor.position();
            asksForUsage = FieldChecks.flag(cursor, "stream_options.include_usage");
            usageEnd = cursor.position();
        }
        return new SplicePoints.StreamOptions(
                start, cursor.position(), false, isEmpty, usageStart, usageEnd, asksForUsage);
    }

    private @Nullable String readUser() throws MalformedException {
        byte kind = cursor.kind();
        FieldChecks.require(kind == '"' || kind == 'n', "a string", cursor, "user");
        keep();
        return kind == 'n' ? null : FieldChecks.text(cursor, "user");
    }

    private long readTokens(String param) throws MalformedException {
        byte kind = cursor.kind();
        int start = cursor.position();
        FieldChecks.require(kind == 'n' || JsonNumbers.isNumber(kind), "an integer", cursor, param);
        keep();
        long tokens =
                kind == 'n' ? -1 : JsonNumbers.wholeNumber(cursor.bytes, start, cursor.position());
        if (kind != 'n' && tokens < 0) {
            throw new MalformedException(
                    "Invalid value for '" + param + "': expected a whole number of tokens.", param);
        }
        tokenBounds = tokenBounds.isEmpty() ? new ArrayList<>(2) : tokenBounds;
        tokenBounds.add(new SplicePoints.TokenBound(start, cursor.position(), tokens));
        return tokens;
    }

    private void keep() throws MalformedException {
        if (canonical == null) {
            cursor.skipValue();
        } else {
            canonical.member(cursor);
        }
    }

    private void refuseDuplicate(Field field) throws MalformedException {
        if (!seen.add(field)) {
            throw FieldChecks.duplicate(field.text);
        }
    }

    /** A run of members that stay here ends where the next one that does not begins. */
    private void markCut(boolean stays, int memberStart) {
        if (stays && cutStart < 0) {
            cutStart = memberStart;
        } else if (!stays && cutStart >= 0) {
            addCut(cutStart, memberStart);
            cutStart = -1;
        }
    }

    /** A run at the end of the object takes the comma before it along. */
    private void endCuts() {
        if (cutStart >= 0) {
            addCut(keptEnd, cutEnd);
        }
    }

    private void addCut(int start, int end) {
        cuts = Arrays.copyOf(cuts, cuts.length + 2);
        cuts[cuts.length - 2] = start;
        cuts[cuts.length - 1] = end;
    }
}
