package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.util.List;

class SpliceTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{'model':'m','messages':[1],'stream':true} | {'stream_options':{'include_usage':true},'model':'up','messages':[1],'stream':true}",
                "{ 'model' : 'm' , 'messages':[1],'stream':true,'stream_options':null} | { 'model' : 'up' , 'messages':[1],'stream':true,'stream_options':{'include_usage':true}}",
                "{'model':'m','messages':[1],'stream':true,'stream_options':{}} | {'model':'up','messages':[1],'stream':true,'stream_options':{'include_usage':true}}",
                "{'model':'m','messages':[1],'stream':true,'stream_options':{ }} | {'model':'up','messages':[1],'stream':true,'stream_options':{'include_usage':true }}",
                "{'stream_options':{'x':1},'model':'m','messages':[1],'stream':true} | {'stream_options':{'include_usage':true,'x':1},'model':'up','messages':[1],'stream':true}",
                "{'stream_options':{'x':1,'include_usage':false},'model':'m','messages':[1],'stream':true} | {'stream_options':{'x':1,'include_usage':true},'model':'up','messages':[1],'stream':true}",
                "{'stream_options':{'include_usage':null},'model':'m','messages':[1],'stream':true} | {'stream_options':{'include_usage':true},'model':'up','messages':[1],'stream':true}",
                "{'stream_options':{'include_usage':true},'model':'m','messages':[1],'stream':true} | {'stream_options':{'include_usage':true},'model':'up','messages':[1],'stream':true}",
                "{'model':'m','messages':[1],'stream':false} | {'model':'up','messages':[1],'stream':false}",
                "{'model':'m','messages':[1]} | {'model':'up','messages':[1]}",
                "{'cache':{'ttl':1},'model':'m','messages':[1]} | {'model':'up','messages':[1]}",
                "{'model':'m', 'cache':{'ttl':1} , 'messages':[1]} | {'model':'up', 'messages':[1]}",
                "{'model':'m','messages':[1] , 'cache':{'ttl':1} } | {'model':'up','messages':[1] }",
                "{'cache':{},'model':'m','messages':[1],'stream':true} | {'stream_options':{'include_usage':true},'model':'up','messages':[1],'stream':true}",
                "{'model':'m','messages':[1],'metadata':{'cache':1}} | {'model':'up','messages':[1],'metadata':{'cache':1}}"
            })
    void changesNothingElse(String body, String expected) {
        assertThat(spliced(body.replace('\'', '"'), "\"up\"", true))
                .isEqualTo(expected.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{'model':'m','messages':[1]} | {'max_tokens':50,'model':'up','messages':[1]}",
                "{'cache':{},'model':'m','messages':[1]} | {'max_tokens':50,'model':'up','messages':[1]}",
                "{'model':'m','max_tokens':51,'messages':[1]} | {'model':'up','max_tokens':50,'messages':[1]}",
                "{'model':'m','max_tokens':50,'messages':[1]} | {'model':'up','max_tokens':50,'messages':[1]}",
                "{'model':'m','max_tokens':7,'messages':[1]} | {'model':'up','max_tokens':7,'messages':[1]}",
                "{'model':'m','max_tokens':null,'messages':[1]} | {'model':'up','max_tokens':50,'messages':[1]}",
                "{'model':'m','max_completion_tokens':9000000000,'messages':[1]} | {'model':'up','max_completion_tokens':50,'messages':[1]}",
                "{'max_tokens':null,'model':'m','max_completion_tokens':60,'messages':[1]} | {'max_tokens':null,'model':'up','max_completion_tokens':50,'messages':[1]}",
                "{'max_tokens':60,'model':'m','max_completion_tokens':40,'messages':[1]} | {'max_tokens':50,'model':'up','max_completion_tokens':40,'messages':[1]}",
                "{'model':'m','messages':[1],'metadata':{'max_tokens':70}} | {'max_tokens':50,'model':'up','messages':[1],'metadata':{'max_tokens':70}}"
            })
    void boundsTheAnswer(String body, String expected) {
        var cap = new OutputCap(50, OutputCap.Member.MAX_TOKENS);

        assertThat(spliced(body.replace('\'', '"'), "\"up\"", false, cap))
                .isEqualTo(expected.replace('\'', '"'));
    }

    @Test
    void boundsTheAnswerUnderTheNameThatTheModelTakes() {
        var cap = new OutputCap(8, OutputCap.Member.MAX_COMPLETION_TOKENS);

        assertThat(
                        spliced(
                                "{\"model\":\"m\",\"messages\":[1],\"stream\":true}",
                                "\"m\"",
                                true,
                                cap))
                .startsWith("{\"stream_options\":{\"include_usage\":true},")
                .contains("\"max_completion_tokens\":8,\"model\":\"m\"");
    }

    @Test
    void doesNotAskForUsageWhenNotTold() {
        String body = "{\"model\":\"m\",\"messages\":[1],\"stream\":true}";

        assertThat(spliced(body, "\"m\"", false)).isEqualTo(body);
    }

    @Test
    void sharesTheBodyAndSendsNoEmptySlice() {
        byte[] body = "{\"model\":\"m\",\"messages\":[1],\"cache\":{}}".getBytes(UTF_8);
        RequestPeek.Facts facts = facts(body);

        List<Slice> slices = Splice.splice(body, body.length, facts, JsonText.quote("x"), true);

        assertThat(slices).allMatch(slice -> slice.length() > 0);
        assertThat(slices.getFirst().array()).isSameAs(body);
        assertThat(slices.getLast().array()).isSameAs(body);
    }

    @Test
    void keepsEveryValueButThoseThatItIsAskedToChange() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            var json = new RandomJson(i);
            ObjectNode tree = json.chatRequest();
            String upstream = json.text();
            boolean ask = i % 3 != 0;

            String spliced =
                    spliced(json.spelt(tree), new String(JsonText.quote(upstream), UTF_8), ask);

            ObjectNode expected = tree.deepCopy();
            expected.put("model", upstream);
            expected.remove("cache");
            if (ask && tree.path("stream").asBoolean()) {
                if (!tree.path("stream_options").isObject()) {
                    expected.putObject("stream_options");
                }
                ((ObjectNode) expected.get("stream_options")).put("include_usage", true);
            }
            assertThat(JsonTrees.MAPPER.readTree(spliced))
                    .isEqualTo(JsonTrees.MAPPER.readTree(expected.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpt-4o", "a\"b\\c/d", "\u0000\u001f\u007f\n\r\t", "漢字😀", "{}"})
    void quotesAnyModelName(String name) throws Exception {
        String json = new String(JsonText.quote(name), UTF_8);

        assertThat(JsonTrees.MAPPER.readTree(json).textValue()).isEqualTo(name);
    }

    @Test
    void quotesHalfASurrogatePairAsTheReplacementCharacter() {
        assertThat(new String(JsonText.quote("a\ud83d-\ude00"), UTF_8))
                .isEqualTo("\"a\uFFFD-\uFFFD\"");
    }

    private static String spliced(String body, String upstreamModel, boolean askForUsage) {
        return spliced(body, upstreamModel, askForUsage, null);
    }

    private static String spliced(
            String body, String upstreamModel, boolean askForUsage, @Nullable OutputCap cap) {
        byte[] bytes = body.getBytes(UTF_8);
        var out = new ByteArrayOutputStream();
        for (Slice slice :
                Splice.splice(
                        bytes,
                        bytes.length,
                        facts(bytes),
                        upstreamModel.getBytes(UTF_8),
                        askForUsage,
                        cap)) {
            out.write(slice.array(), slice.offset(), slice.length());
        }
        return out.toString(UTF_8);
    }

    private static RequestPeek.Facts facts(byte[] body) {
        RequestPeek peek = RequestPeek.of(CHAT_COMPLETIONS, body, body.length, false);
        assertThat(peek).isInstanceOf(RequestPeek.Facts.class);
        return (RequestPeek.Facts) peek;
    }
}
