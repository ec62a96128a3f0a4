package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.RequestPeek.Malformed;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedRequestTest {

    /** Everything but the member under test; the apostrophes stand for quotes. */
    private static final String REST = "'messages':[{'role':'user','content':'secret'}]";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n\t\r ",
                "null",
                "true",
                "7",
                "'model'",
                "[]",
                "[{'model':'m','messages':[{}]}]",
                "{",
                "}",
                "{]",
                "{'model'",
                "{'model':",
                "{'model':'m'",
                "{'model':'m',",
                "{'model':'m','messages':[{}],}",
                "{,'model':'m','messages':[{}]}",
                "{'model':'m','messages':[{},]}",
                "{'model':'m','messages':[,{}]}",
                "{'model':'m' 'messages':[{}]}",
                "{'model':'m','messages':[{} {}]}",
                "{'model' 'm','messages':[{}]}",
                "{'model'::'m','messages':[{}]}",
                "{'model':'m','messages':[{}]}}",
                "{'model':'m','messages':[{}]}]",
                "{'model':'m','messages':[{}]} x",
                "{'model':'m','messages':[{}]}{'model':'m','messages':[{}]}",
                "{'model':'m','messages':[{}]}\u0000",
                "{model:'m','messages':[{}]}",
                "{'model':m,'messages':[{}]}",
                "{'model':'m,'messages':[{}]}",
                "{'model':'m','messages':[{}]/*c*/}",
                "{'model':'m','messages':[{}]//c\n}",
                "{'model':'m','messages':[{}],1:2}",
                "{'model':'m','messages':[{}],'x':01}",
                "{'model':'m','messages':[{}],'x':-}",
                "{'model':'m','messages':[{}],'x':+1}",
                "{'model':'m','messages':[{}],'x':.5}",
                "{'model':'m','messages':[{}],'x':1.}",
                "{'model':'m','messages':[{}],'x':1e}",
                "{'model':'m','messages':[{}],'x':1e+}",
                "{'model':'m','messages':[{}],'x':0x1F}",
                "{'model':'m','messages':[{}],'x':1_000}",
                "{'model':'m','messages':[{}],'x':NaN}",
                "{'model':'m','messages':[{}],'x':Infinity}",
                "{'model':'m','messages':[{}],'x':-Infinity}",
                "{'model':'m','messages':[{}],'x':nul}",
                "{'model':'m','messages':[{}],'x':nulll}",
                "{'model':'m','messages':[{}],'x':True}",
                "{'model':'m','messages':[{}],'x':'a\nb'}",
                "{'model':'m','messages':[{}],'x':'a\tb'}",
                "{'model':'m','messages':[{}],'x':'a\u0000b'}",
                "{'model':'m','messages':[{}],'x':'\\x41'}",
                "{'model':'m','messages':[{}],'x':'\\u12'}",
                "{'model':'m','messages':[{}],'x':'\\u12G4'}",
                "{'model':'m','messages':[{}],'x':'\\U0041'}",
                "{'model':'m','messages':[{}],'x':'\\",
                "{'model':'m','messages':[{}],'x':'\\u004",
                "{'model':'m','messages':[{}],'x':[1,2}",
                "{'model':'m','messages':[{}],'x':{'a':1]}",
                "\uFEFF{'model':'m','messages':[{}]}",
                "data: {'model':'m','messages':[{}]}",
                "model=m&messages=hi",
                "\u00a0{'model':'m','messages':[{}]}"
            })
    void refusesWhatIsNoJsonObject(String body) {
        Malformed malformed = malformed(body);

        assertThat(malformed.param()).isNull();
        assertThat(malformed.message())
                .startsWith("We could not parse the JSON body of your request: ");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{'messages':[{}]} | model | you must provide a model parameter",
                "{'model':'','messages':[{}]} | model | you must provide a model parameter",
                "{'model':null,'messages':[{}]} | model | Invalid type for 'model': expected a string, but got null instead.",
                "{'model':7,'messages':[{}]} | model | Invalid type for 'model': expected a string, but got a number instead.",
                "{'model':['m'],'messages':[{}]} | model | Invalid type for 'model': expected a string, but got an array instead.",
                "{'model':{},'messages':[{}]} | model | Invalid type for 'model': expected a string, but got an object instead.",
                "{'model':true,'messages':[{}]} | model | Invalid type for 'model': expected a string, but got a boolean instead.",
                "{'model':'\\ud800','messages':[{}]} | model | Invalid value for 'model': it is not valid Unicode.",
                "{'model':'m'} | messages | Missing required parameter: 'messages'.",
                "{'model':'m','messages':null} | messages | Missing required parameter: 'messages'.",
                "{'model':'m','messages':'secret'} | messages | Invalid type for 'messages': expected an array of objects, but got a string instead.",
                "{'model':'m','messages':{'role':'secret'}} | messages | Invalid type for 'messages': expected an array of objects, but got an object instead.",
                "{'model':'m','messages':[]} | messages | Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
                "{'model':'m','messages':[ \t ]} | messages | Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
                "{'model':'m',REST,'stream':'true'} | stream | Invalid type for 'stream': expected a boolean, but got a string instead.",
                "{'model':'m',REST,'stream':1} | stream | Invalid type for 'stream': expected a boolean, but got a number instead.",
                "{'model':'m',REST,'stream_options':true} | stream_options | Invalid type for 'stream_options': expected an object, but got a boolean instead.",
                "{'model':'m',REST,'stream_options':[]} | stream_options | Invalid type for 'stream_options': expected an object, but got an array instead.",
                "{'model':'m',REST,'stream_options':{'include_usage':1}} | stream_options.include_usage | Invalid type for 'stream_options.include_usage': expected a boolean, but got a number instead.",
                "{'model':'m',REST,'user':7} | user | Invalid type for 'user': expected a string, but got a number instead.",
                "{'model':'m',REST,'user':{'id':'secret'}} | user | Invalid type for 'user': expected a string, but got an object instead.",
                "{'model':'m',REST,'max_tokens':'100'} | max_tokens | Invalid type for 'max_tokens': expected an integer, but got a string instead.",
                "{'model':'m',REST,'max_tokens':1.5} | max_tokens | Invalid value for 'max_tokens': expected a whole number of tokens.",
                "{'model':'m',REST,'max_tokens':-1} | max_tokens | Invalid value for 'max_tokens': expected a whole number of tokens.",
                "{'model':'m',REST,'max_tokens':1e3} | max_tokens | Invalid value for 'max_tokens': expected a whole number of tokens.",
                "{'model':'m',REST,'max_completion_tokens':9999999999999999999} | max_completion_tokens | Invalid value for 'max_completion_tokens': expected a whole number of tokens.",
                "{'model':'m',REST,'cache':true} | cache | Invalid type for 'cache': expected an object, but got a boolean instead.",
                "{'model':'m',REST,'cache':{'ttl':'60'}} | cache.ttl | Invalid type for 'cache.ttl': expected a number, but got a string instead.",
                "{'model':'m',REST,'cache':{'ttl':-60}} | cache.ttl | Invalid value for 'cache.ttl': expected a number of seconds.",
                "{'model':'m',REST,'cache':{'s-maxage':1e2}} | cache.s-maxage | Invalid value for 'cache.s-maxage': expected a number of seconds.",
                "{'model':'m',REST,'cache':{'no-cache':'yes'}} | cache.no-cache | Invalid type for 'cache.no-cache': expected a boolean, but got a string instead.",
                "{'model':'m',REST,'cache':{'no-store':0}} | cache.no-store | Invalid type for 'cache.no-store': expected a boolean, but got a number instead.",
                "{'model':'m',REST,'cache':{'use-cache':[]}} | cache.use-cache | Invalid type for 'cache.use-cache': expected a boolean, but got an array instead.",
                "{'model':'m',REST,'cache':{'namespace':7}} | cache.namespace | Invalid type for 'cache.namespace': expected a string, but got a number instead.",
            })
    void refusesFieldsOfTheWrongKind(String body, String param, String message) {
        assertThat(malformed(body.replace("REST", REST))).isEqualTo(new Malformed(message, param));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{'model':'cheap',REST,'model':'dear'} | model",
                "{'model':'cheap',REST,'\\u006dodel':'dear'} | model",
                "{'model':'m',REST,REST} | messages",
                "{'model':'m',REST,'stream':true,'stream':true} | stream",
                "{'model':'m',REST,'stream_options':null,'stream_options':{}} | stream_options",
                "{'model':'m',REST,'stream_options':{'include_usage':true,'include_usage':false}} | stream_options.include_usage",
                "{'model':'m',REST,'stream_options':{'include_usage':true,'include\\u005fusage':false}} | stream_options.include_usage",
                "{'model':'m',REST,'user':'a','user':'b'} | user",
                "{'model':'m',REST,'max_tokens':1,'max_tokens':2} | max_tokens",
                "{'model':'m',REST,'max_completion_tokens':1,'max_completion_tokens':1} | max_completion_tokens",
                "{'model':'m',REST,'cache':{},'cache':{}} | cache",
                "{'model':'m',REST,'cache':{'ttl':1,'ttl':2}} | cache.ttl",
                "{'model':'m',REST,'cache':{'namespace':'a','name\\u0073pace':'b'}} | cache.namespace",
                "{'model':'m',REST,'prompt':1,'prompt':2} | prompt",
                "{'model':'m',REST,'input':1,'input':2} | input",
            })
    void refusesDuplicatesOfWhatItLooksAt(String body, String param) {
        assertThat(malformed(body.replace("REST", REST)))
                .isEqualTo(new Malformed("Duplicate parameter: '" + param + "'.", param));
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETIONS, prompt, ''",
        "COMPLETIONS, prompt, \"prompt\":null",
        "EMBEDDINGS, input, ''",
        "EMBEDDINGS, input, \"messages\":[{}]"
    })
    void refusesARequestWithoutItsPrompt(Endpoint endpoint, String param, @Nullable String member) {
        String more = member == null || member.isEmpty() ? "" : "," + member;
        byte[] body = ("{\"model\":\"m\"" + more + "}").getBytes(UTF_8);

        assertThat(RequestPeek.of(endpoint, body, body.length, true))
                .isEqualTo(new Malformed("Missing required parameter: '" + param + "'.", param));
    }

    @Test
    void refusesAPromptOfTheWrongKind() {
        byte[] body = "{\"model\":\"m\",\"input\":{\"secret\":1}}".getBytes(UTF_8);

        assertThat(RequestPeek.of(Endpoint.EMBEDDINGS, body, body.length, false))
                .isEqualTo(
                        new Malformed(
                                "Invalid type for 'input': expected a string or an array, but got"
                                        + " an object instead.",
                                "input"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c3 28", // a lead byte without its continuation
                "80", // a continuation without its lead
                "c0 80", // overlong NUL
                "c1 bf", // overlong DEL
                "e0 80 af", // overlong slash
                "e0 9f bf",
                "f0 80 80 af",
                "f0 8f bf bf",
                "ed a0 80", // a surrogate
                "ed bf bf",
                "f4 90 80 80", // beyond U+10FFFF
                "f5 80 80 80",
                "ff",
                "fe",
                "e2 82", // cut by the quote
                "f0 9f 98",
                "c3"
            })
    void refusesInvalidUtf8(String hex) {
        String body = "{'model':'m'," + REST + ",'x':'HERE'}";
        String raw = new String(java.util.HexFormat.ofDelimiter(" ").parseHex(hex), ISO_8859_1);
        byte[] bytes = body.replace('\'', '"').replace("HERE", raw).getBytes(ISO_8859_1);

        assertThat(RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, false))
                .isInstanceOf(Malformed.class);
        assertThat(RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, true))
                .isInstanceOf(Malformed.class);
    }

    @Test
    void refusesOtherEncodings() {
        String body = "{\"model\":\"m\",\"messages\":[{}]}";

        for (byte[] bytes : new byte[][] {body.getBytes(UTF_16LE), body.getBytes(UTF_16BE)}) {
            assertThat(RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, false))
                    .isInstanceOf(Malformed.class);
        }
    }

    @Test
    void refusesWhatIsBeyondItsBounds() {
        String number = "1".repeat(JsonCursor.NUMBER_BYTES_MAX);
        String name = "n".repeat(JsonCursor.NAME_BYTES_MAX);
        String string = "s".repeat(JsonCursor.STRING_BYTES_MAX);

        assertThat(isAccepted("'x':" + number)).isTrue();
        assertThat(isAccepted("'x':1" + number)).isFalse();
        assertThat(isAccepted("'" + name + "':1")).isTrue();
        assertThat(isAccepted("'n" + name + "':1")).isFalse();
        assertThat(isAccepted("'x':'" + string + "'")).isTrue();
        assertThat(isAccepted("'x':'s" + string + "'")).isFalse();
        assertThat(isAccepted("'x':" + "[".repeat(100_000))).isFalse();
        assertThat(isAccepted("'x':" + "{'a':".repeat(100_000))).isFalse();
    }

    private static boolean isAccepted(String member) {
        byte[] body =
                ("{'model':'m'," + REST + "," + member + "}").replace('\'', '"').getBytes(UTF_8);
        return RequestPeek.of(CHAT_COMPLETIONS, body, body.length, false)
                instanceof RequestPeek.Facts;
    }

    /** Both passes must refuse alike, and never say what they read. */
    private static Malformed malformed(String body) {
        byte[] bytes = body.replace('\'', '"').getBytes(UTF_8);
        RequestPeek peek = RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, false);
        assertThat(peek).isInstanceOf(Malformed.class);
        assertThat(RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, true)).isEqualTo(peek);
        assertThat(((Malformed) peek).message()).doesNotContain("secret");
        return (Malformed) peek;
    }
}
