package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.fuzz.Claim;
import dev.sluice.providers.openai.OutputCap.Member;
import dev.sluice.providers.openai.PlainRequest.Value;
import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Any bytes as a request's body: what is read is what Jackson reads, what is refused is refused by
 * Jackson or by a rule of ours ({@link PlainRequest#isServed}), and the body that is sent says the
 * same but for what was to be changed.
 */
public final class RequestFuzz {

    private static final Value TRUE = new Value('t', "", List.of());
    private static final String UPSTREAM = "up/\"stream";
    private static final byte[] UPSTREAM_JSON = "\"up/\\\"stream\"".getBytes(UTF_8);
    private static final long CAP = 100;

    /** Behind the body: whoever reads too far finds the body going on. */
    private static final byte[] BEHIND = "0}],\"\"\"model\":\"behind\"}".getBytes(UTF_8);

    private RequestFuzz() {}

    /** One input: the body. */
    public static void fuzzerTestOneInput(byte[] input) {
        byte[] body = Arrays.copyOf(input, input.length + BEHIND.length);
        System.arraycopy(BEHIND, 0, body, input.length, BEHIND.length);
        Optional<PlainRequest> plain = PlainRequest.of(input);
        for (Endpoint endpoint : Endpoint.values()) {
            if (!endpoint.isForm()) {
                peek(endpoint, body, input.length, plain.orElse(null));
            }
        }
        plain.ifPresent(request -> names(request, body, input.length));
    }

    private static void names(PlainRequest request, byte[] body, int length) {
        if (hasOddNames(request.members())) {
            return;
        }
        for (String name : PlainRequest.KNOWN) {
            var fields = new TopLevelFields(List.of(name, "no such"));
            Claim.same(fields.anyIn(body, length), request.member(name).isPresent(), name);
        }
    }

    /** Names that are no text end the reading: such a body was refused before. */
    private static boolean hasOddNames(List<PlainRequest.Member> members) {
        return members.stream()
                .anyMatch(member ->
                        !UTF_8.newEncoder().canEncode(member.name())
                                || hasOddNames(member.value().members()));
    }

    private static void peek(
            Endpoint endpoint, byte[] body, int length, @Nullable PlainRequest plain) {
        boolean served = plain != null && plain.isServed(endpoint);
        RequestPeek peek = RequestPeek.of(endpoint, body, length, false);
        RequestPeek hashed = RequestPeek.of(endpoint, body, length, true);
        if (peek instanceof RequestPeek.Facts != served) {
            throw new AssertionError(endpoint + ", served is " + served + ": " + peek);
        }
        Claim.same(hashed.getClass(), peek.getClass(), endpoint);
        if (peek instanceof RequestPeek.Facts facts
                && hashed instanceof RequestPeek.Facts withHash
                && plain != null) {
            facts(endpoint, facts, plain);
            // None where the same request may have another answer.
            byte @Nullable [] hash = withHash.canonicalHash();
            byte @Nullable [] again = hash(endpoint, plain.respelt().getBytes(UTF_8));
            Claim.that(Arrays.equals(again, hash), "the same in other words has another hash");
            for (boolean ask : new boolean[] {false, true}) {
                for (Member member : Member.values()) {
                    OutputCap cap = new OutputCap(CAP, member).in(endpoint);
                    if (cap.member() != Member.MAX_OUTPUT_TOKENS || isResponses(endpoint)) {
                        spliced(endpoint, facts, body, length, ask, cap, plain);
                    }
                }
                byte[] sent = spliced(endpoint, facts, body, length, ask, null, plain);
                Claim.that(
                        Arrays.equals(hash(endpoint, sent), hash), "what is sent has another hash");
            }
        }
    }

    private static boolean isResponses(Endpoint endpoint) {
        return endpoint == Endpoint.RESPONSES;
    }

    /** The names under which the endpoint takes a bound on the answer. */
    private static Set<String> bounds(Endpoint endpoint) {
        return isResponses(endpoint)
                ? Set.of("max_tokens", "max_completion_tokens", "max_output_tokens")
                : Set.of("max_tokens", "max_completion_tokens");
    }

    private static byte @Nullable [] hash(Endpoint endpoint, byte[] body) {
        RequestPeek peek = RequestPeek.of(endpoint, body, body.length, true);
        if (peek instanceof RequestPeek.Facts facts) {
            return facts.canonicalHash();
        }
        throw new AssertionError(peek);
    }

    private static void facts(Endpoint endpoint, RequestPeek.Facts facts, PlainRequest plain) {
        String model = plain.text("model");
        Claim.same(facts.model(), model == null ? "omni-moderation-latest" : model, "model");
        Claim.same(facts.stream(), isTrue(plain.member("stream")), "stream");
        Optional<Value> options = plain.member("stream_options");
        Optional<Value> usage = options.flatMap(value -> value.member("include_usage"));
        Claim.same(facts.includeUsage(), isTrue(usage), "include_usage");
        Claim.same(facts.user(), plain.text("user"), "user");
        long tokens =
                bounds(endpoint).stream().mapToLong(name -> tokens(plain, name)).max().orElse(-1);
        Claim.same(facts.maxOutputTokens(), tokens, "tokens");
        Claim.same(facts.wishes().tags(), PlainWishes.tags(plain), "tags");
        boolean asksForRetries = plain.member("num_retries").filter(it -> it.is("0")).isPresent();
        Claim.same(facts.wishes().numRetries() >= 0, asksForRetries, "num_retries");
        PlainRequest cache =
                new PlainRequest(plain.member("cache").map(Value::members).orElse(List.of()));
        Claim.same(facts.cache().noCache(), isTrue(cache.member("no-cache")), "no-cache");
        Claim.same(facts.cache().noStore(), isTrue(cache.member("no-store")), "no-store");
        Claim.same(facts.cache().namespace(), cache.text("namespace"), "namespace");
    }

    private static boolean isTrue(Optional<Value> value) {
        return value.filter(TRUE::equals).isPresent();
    }

    private static long tokens(PlainRequest plain, String name) {
        return plain.member(name)
                .filter(it -> it.is("0"))
                .map(it -> Long.parseLong(it.text()))
                .orElse(-1L);
    }

    private static byte[] spliced(
            Endpoint endpoint,
            RequestPeek.Facts facts,
            byte[] body,
            int length,
            boolean ask,
            @Nullable OutputCap cap,
            PlainRequest plain) {
        var sent = new ByteArrayOutputStream();
        for (Slice slice : Splice.splice(body, length, facts, UPSTREAM_JSON, ask, cap)) {
            sent.write(slice.array(), slice.offset(), slice.length());
        }
        Optional<PlainRequest> read = PlainRequest.of(sent.toByteArray());
        Claim.that(read.isPresent(), sent);
        List<PlainRequest.Member> expected =
                expected(endpoint, plain.members(), ask && facts.stream(), cap);
        Claim.same(byName(read.orElseThrow().members()), byName(expected), sent);
        return sent.toByteArray();
    }

    private static List<PlainRequest.Member> byName(List<PlainRequest.Member> members) {
        return members.stream().sorted(Comparator.comparing(PlainRequest.Member::name)).toList();
    }

    private static List<PlainRequest.Member> expected(
            Endpoint endpoint,
            List<PlainRequest.Member> members,
            boolean ask,
            @Nullable OutputCap cap) {
        List<PlainRequest.Member> expected = new ArrayList<>(members);
        expected.removeIf(member -> member.name().equals("cache") || PlainWishes.staysHere(member));
        set(expected, "model", new Value('"', UPSTREAM, List.of()));
        if (ask) {
            List<PlainRequest.Member> options =
                    new ArrayList<>(
                            new PlainRequest(expected)
                                    .member("stream_options")
                                    .map(Value::members)
                                    .orElse(List.of()));
            if (indexOf(options, "include_usage") < 0) {
                options.addFirst(new PlainRequest.Member("include_usage", TRUE));
            }
            set(options, "include_usage", TRUE);
            set(expected, "stream_options", new Value('{', "", options));
        }
        if (cap != null) {
            cap(endpoint, expected, cap);
        }
        return expected;
    }

    private static void cap(Endpoint endpoint, List<PlainRequest.Member> members, OutputCap cap) {
        Value capped = new Value('0', Long.toString(cap.tokens()), List.of());
        List<Integer> bounds = new ArrayList<>();
        boolean bounded = false;
        for (int i = 0; i < members.size(); i++) {
            PlainRequest.Member member = members.get(i);
            if (bounds(endpoint).contains(member.name())) {
                bounds.add(i);
                boolean number = member.value().is("0");
                bounded |= number;
                if (number && Long.parseLong(member.value().text()) > cap.tokens()) {
                    members.set(i, new PlainRequest.Member(member.name(), capped));
                }
            }
        }
        if (!bounded && !bounds.isEmpty()) {
            int first = bounds.getFirst();
            members.set(first, new PlainRequest.Member(members.get(first).name(), capped));
        } else if (!bounded) {
            set(members, cap.member().name().toLowerCase(Locale.ROOT), capped);
        }
    }

    private static int indexOf(List<PlainRequest.Member> members, String name) {
        return members.stream().map(PlainRequest.Member::name).toList().indexOf(name);
    }

    private static void set(List<PlainRequest.Member> members, String name, Value value) {
        int present = indexOf(members, name);
        if (present >= 0) {
            members.set(present, new PlainRequest.Member(name, value));
        } else {
            members.add(new PlainRequest.Member(name, value));
        }
    }
}
