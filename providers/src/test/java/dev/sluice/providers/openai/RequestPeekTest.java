package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;
import static dev.sluice.providers.openai.Endpoint.COMPLETIONS;
import static dev.sluice.providers.openai.Endpoint.EMBEDDINGS;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.RequestPeek.Facts;
import dev.sluice.providers.openai.RequestPeek.Malformed;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

class RequestPeekTest {

    @Test
    void findsAllThatTheGatewayMustKnow() {
        String messages = "[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]";
        String body =
                """
                {"temperature":0.5,"model":"gpt-4o","messages":%s,"stream":true,
                 "stream_options":{"include_usage":true},"user":"alice","max_tokens":100,
                 "cache":{"no-cache":true,"no-store":false,"ttl":600,"s-maxage":30.9,
                          "namespace":"blue","use-cache":true,"unknown":[1]}}
                """
                        .formatted(messages);

        Facts facts = facts(CHAT_COMPLETIONS, body);

        assertThat(facts.model()).isEqualTo("gpt-4o");
        assertThat(facts.stream()).isTrue();
        assertThat(facts.includeUsage()).isTrue();
        assertThat(facts.user()).isEqualTo("alice");
        assertThat(facts.maxOutputTokens()).isEqualTo(100);
        assertThat(facts.promptBytes()).isEqualTo(messages.getBytes(UTF_8).length);
        assertThat(facts.cache())
                .isEqualTo(new CacheControls(true, false, 600, 30, "blue", Boolean.TRUE));
        assertThat(facts.canonicalHash()).isNull();
    }

    @Test
    void takesWhatIsLeftOutOrNullForAbsent() {
        Facts bare = facts(CHAT_COMPLETIONS, "{\"model\":\"m\",\"messages\":[1]}");
        Facts nulls =
                facts(
                        CHAT_COMPLETIONS,
                        "{\"model\":\"m\",\"messages\":[1],\"stream\":null,\"stream_options\":null,"
                                + "\"user\":null,\"max_tokens\":null,\"max_completion_tokens\":null,"
                                + "\"cache\":null}");

        for (Facts facts : List.of(bare, nulls)) {
            assertThat(facts.stream()).isFalse();
            assertThat(facts.includeUsage()).isFalse();
            assertThat(facts.user()).isNull();
            assertThat(facts.maxOutputTokens()).isEqualTo(-1);
            assertThat(facts.cache()).isEqualTo(CacheControls.NONE);
        }
        assertThat(
                        facts(CHAT_COMPLETIONS, chat("\"cache\":{\"ttl\":null,\"use-cache\":null}"))
                                .cache())
                .isEqualTo(CacheControls.NONE);
    }

    @Test
    void takesAPromptOfEachEndpointsOwnKind() {
        assertThat(facts(COMPLETIONS, "{\"model\":\"m\",\"prompt\":\"hi\"}").promptBytes())
                .isEqualTo(4);
        assertThat(facts(COMPLETIONS, "{\"model\":\"m\",\"prompt\":[\"a\", \"b\"]}").promptBytes())
                .isEqualTo(10);
        assertThat(facts(EMBEDDINGS, "{\"model\":\"m\",\"input\":\"hi\",\"messages\":7}").model())
                .isEqualTo("m");
        assertThat(facts(EMBEDDINGS, "{\"model\":\"m\",\"input\":[[1,2],[3]]}").promptBytes())
                .isEqualTo(11);
    }

    @Test
    void comparesNamesAfterUnescaping() {
        Facts facts =
                facts(
                        CHAT_COMPLETIONS,
                        "{\"\\u006dodel\":\"gpt\\u002d4\\u006F\",\"m\\u0065ssages\":[{}],"
                                + "\"\\u0073tream\":true}");

        assertThat(facts.model()).isEqualTo("gpt-4o");
        assertThat(facts.stream()).isTrue();
    }

    @Test
    void readsNamesThatLookAlikeAsOthers() {
        Facts facts =
                facts(
                        CHAT_COMPLETIONS,
                        chat(
                                "\"Model\":1,\"models\":2,\"mode\":3,\" model\":4,\"metadata\":{\"model\":5,"
                                        + "\"stream\":\"yes\",\"cache\":1}"));

        assertThat(facts.model()).isEqualTo("m");
        assertThat(facts.stream()).isFalse();
    }

    @Test
    void takesTheGreaterOfTheTwoTokenBounds() {
        String both = chat("\"max_tokens\":7,\"max_completion_tokens\":9");

        assertThat(facts(CHAT_COMPLETIONS, both).maxOutputTokens()).isEqualTo(9);
        assertThat(facts(CHAT_COMPLETIONS, chat("\"max_tokens\":0")).maxOutputTokens()).isZero();
    }

    @Test
    void takesTheStricterOfTheTwoAges() {
        String both = chat("\"cache\":{\"s-max-age\":5,\"s-maxage\":9}");

        assertThat(facts(CHAT_COMPLETIONS, both).cache().maxAgeSeconds()).isEqualTo(5);
    }

    @Test
    void readsOnlyTheBytesThatBelongToTheBody() {
        byte[] body = chat("\"n\":1").getBytes(UTF_8);
        byte[] larger = Arrays.copyOf(body, body.length + 10);
        Arrays.fill(larger, body.length, larger.length, (byte) '}');

        assertThat(RequestPeek.of(CHAT_COMPLETIONS, larger, body.length, true))
                .isInstanceOf(Facts.class);
        assertThat(RequestPeek.of(CHAT_COMPLETIONS, larger, larger.length, true))
                .isInstanceOf(Malformed.class);
        for (int length = 0; length < body.length; length++) {
            assertThat(RequestPeek.of(CHAT_COMPLETIONS, body, length, length % 2 == 0))
                    .isInstanceOf(Malformed.class);
        }
    }

    @Test
    void allowsNestingUpToItsBound() {
        int inside = JsonCursor.NESTING_MAX - 1;
        String allowed = "[".repeat(inside) + "]".repeat(inside);
        String deeper = "[" + allowed + "]";

        assertThat(peek(CHAT_COMPLETIONS, chat("\"x\":" + allowed))).isInstanceOf(Facts.class);
        assertThat(peek(CHAT_COMPLETIONS, chat("\"x\":" + deeper))).isInstanceOf(Malformed.class);
    }

    @Test
    void passesHalfASurrogatePairInFreeTextOnly() {
        assertThat(peek(CHAT_COMPLETIONS, chat("\"x\":\"cut \\ud83d\""))).isInstanceOf(Facts.class);
        assertThat(peek(CHAT_COMPLETIONS, chat("\"user\":\"cut \\ud83d\"")))
                .isEqualTo(
                        new Malformed(
                                "Invalid value for 'user': it is not valid Unicode.", "user"));
    }

    @Test
    void responsesHaveABoundOfTheirOwn() {
        String bounded = "{\"model\":\"m\",\"input\":\"x\",\"max_output_tokens\":7}";

        assertThat(facts(Endpoint.RESPONSES, bounded).maxOutputTokens()).isEqualTo(7);
        assertThat(facts(Endpoint.EMBEDDINGS, bounded).maxOutputTokens()).isEqualTo(-1);
        assertThat(peek(Endpoint.RESPONSES, bounded.replace("7", "\"7\"")))
                .isInstanceOfSatisfying(
                        Malformed.class,
                        refusal -> assertThat(refusal.param()).isEqualTo("max_output_tokens"));
    }

    @Test
    void knowsItsEndpoints() {
        assertThat(Stream.of(Endpoint.values()).map(Endpoint::path))
                .containsExactly(
                        "/chat/completions",
                        "/completions",
                        "/embeddings",
                        "/rerank",
                        "/moderations",
                        "/images/generations",
                        "/audio/speech",
                        "/audio/transcriptions",
                        "/responses");
        assertThat(Stream.of(Endpoint.values()).map(Endpoint::callType))
                .containsExactly(
                        "acompletion",
                        "atext_completion",
                        "aembedding",
                        "arerank",
                        "amoderation",
                        "aimage_generation",
                        "aspeech",
                        "atranscription",
                        "aresponses");
    }

    @Test
    void aRankingNeedsDocumentsAndAQuery() {
        assertThat(peek(Endpoint.RERANK, "{\"model\":\"m\",\"query\":\"q\"}"))
                .isEqualTo(new Malformed("Missing required parameter: 'documents'.", "documents"));
        assertThat(peek(Endpoint.RERANK, "{\"model\":\"m\",\"documents\":[\"a\"]}"))
                .isEqualTo(new Malformed("Missing required parameter: 'query'.", "query"));
        assertThat(peek(Endpoint.RERANK, "{\"model\":\"m\",\"query\":1,\"documents\":[]}"))
                .isInstanceOf(Malformed.class);
        assertThat(
                        facts(
                                        Endpoint.RERANK,
                                        "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\"]}")
                                .promptBytes())
                .isEqualTo(8);
    }

    @Test
    void theModelOfThePathGoesBeforeTheBodys() {
        for (String body :
                new String[] {"{\"input\":\"x\"}", "{\"input\":\"x\",\"model\":\"a\"}"}) {
            byte[] bytes = body.getBytes(UTF_8);
            RequestPeek peek = RequestPeek.of(Endpoint.EMBEDDINGS, bytes, bytes.length, false, "b");
            assertThat(peek).isInstanceOf(Facts.class);
            assertThat(((Facts) peek).model()).isEqualTo("b");
            assertThat(spliced(bytes, (Facts) peek))
                    .contains("\"model\":\"c\"")
                    .doesNotContain("\"a\"");
        }
    }

    private static String spliced(byte[] body, Facts facts) {
        var text = new StringBuilder();
        Splice.splice(body, body.length, facts, "\"c\"".getBytes(UTF_8), false)
                .forEach(slice ->
                        text.append(
                                new String(slice.array(), slice.offset(), slice.length(), UTF_8)));
        return text.toString();
    }

    private static String chat(String more) {
        return "{\"model\":\"m\",\"messages\":[{}]," + more + "}";
    }

    private static RequestPeek peek(Endpoint endpoint, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return RequestPeek.of(endpoint, bytes, bytes.length, false);
    }

    private static Facts facts(Endpoint endpoint, String body) {
        RequestPeek peek = peek(endpoint, body);
        assertThat(peek).isInstanceOf(Facts.class);
        return (Facts) peek;
    }
}
