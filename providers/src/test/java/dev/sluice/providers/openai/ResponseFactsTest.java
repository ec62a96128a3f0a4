package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.ResponseFacts.ProviderError;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Objects;

class ResponseFactsTest {

    @Test
    void readsACompletion() {
        ResponseFacts facts =
                facts(
                        """
                        {"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-08-06",
                         "service_tier":"flex",
                         "choices":[{"index":0,"message":{"role":"assistant","content":"Hi",
                           "refusal":null},"logprobs":null,"finish_reason":"stop"}],
                         "usage":{"prompt_tokens":1149,"completion_tokens":261,"total_tokens":1410,
                           "prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":5},
                           "completion_tokens_details":{"reasoning_tokens":200,"audio_tokens":1}}}
                        """);

        assertThat(facts)
                .isEqualTo(
                        new ResponseFacts(
                                true,
                                "chatcmpl-1",
                                "gpt-4o-2024-08-06",
                                new Usage(120, 1024, 0, 0, 60, 200, 5, 1, 0),
                                true,
                                true,
                                true,
                                true,
                                false,
                                false,
                                "flex",
                                null));
    }

    @Test
    void seesToolCallsAndAMissingFinish() {
        ResponseFacts calls =
                facts(
                        "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"c\"}]}}]}");
        ResponseFacts none =
                facts(
                        "{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[]},\"finish_reason\":null}]}");

        assertThat(calls.callsTools()).isTrue();
        assertThat(calls.hasContent()).isTrue();
        assertThat(calls.finished()).isFalse();
        assertThat(none.callsTools()).isFalse();
        assertThat(none.hasContent()).isFalse();
        assertThat(none.hasChoices()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{'error':{'message':'m','type':'invalid_request_error','param':null,'code':'context_length_exceeded'}} | invalid_request_error | context_length_exceeded",
                "{'error':{'message':'m','code':400,'type':null}} | | 400",
                "{'error':{}} | | ",
                "{'error':'text'} | | ",
                "{'error':['a']} | | ",
                "{'object':'error','message':'m','type':'invalid_model','code':'1500'} | invalid_model | 1500",
                "{'code':'invalid-argument','error':'Incorrect API key'} | | invalid-argument"
            })
    void readsErrorsOfEveryShape(String body, String type, String code) {
        assertThat(facts(body.replace('\'', '"')).error()).isEqualTo(new ProviderError(type, code));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'error':null,'choices':[]}",
                "{'type':'x','code':'y','object':'list'}",
                "{'choices':[{'message':{'content':'error'}}]}",
                "{'choices':[{'error':{'code':1}}]}"
            })
    void seesNoErrorWhereThereIsNone(String body) {
        ResponseFacts facts = facts(body.replace('\'', '"'));

        assertThat(facts.wellFormed()).isTrue();
        assertThat(facts.error()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "<html>",
                "null",
                "[]",
                "\"error\"",
                "{",
                "{\"id\":",
                "{\"id\":1}x",
                "{\"usage\":{\"prompt_tokens\":1}",
                "{\"a\":\"\u0000\"}",
                "data: {}"
            })
    void saysSoWhenThereIsNothingToRead(String body) {
        assertThat(facts(body)).isEqualTo(ResponseFacts.MALFORMED);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                // prompt, cached, written, image, audio heard; output, reasoning, spoken
                "'prompt_tokens':9,'completion_tokens':4 | 9 0 0 0 0 4 0 0",
                "'prompt_tokens':9,'total_tokens':9 | 9 0 0 0 0 0 0 0",
                "'total_tokens':9 | 9 0 0 0 0 0 0 0",
                "'completion_tokens':4,'total_tokens':9 | 5 0 0 0 0 4 0 0",
                "'prompt_tokens':-9,'completion_tokens':-4 | 0 0 0 0 0 0 0 0",
                "'prompt_tokens':9.0,'completion_tokens':null | 9 0 0 0 0 0 0 0",
                "'prompt_tokens':'9','completion_tokens':4 | 0 0 0 0 0 4 0 0",
                "'prompt_tokens':7,'prompt_tokens_details':{'cached_tokens':163} | 0 7 0 0 0 0 0 0",
                "'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':5,'cache_write_tokens':2,'image_tokens':1,'audio_tokens':1} | 0 5 2 1 1 0 0 0",
                "'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':5,'image_tokens':256} | 0 5 0 4 0 0 0 0",
                "'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':-5} | 9 0 0 0 0 0 0 0",
                "'prompt_tokens':9,'prompt_tokens_details':null | 9 0 0 0 0 0 0 0",
                "'prompt_tokens':9,'prompt_cache_hit_tokens':4,'prompt_cache_miss_tokens':5 | 5 4 0 0 0 0 0 0",
                "'prompt_tokens':9,'prompt_cache_hit_tokens':4,'prompt_tokens_details':{'cached_tokens':4} | 5 4 0 0 0 0 0 0",
                "'prompt_tokens':9,'num_cached_tokens':4 | 5 4 0 0 0 0 0 0",
                "'completion_tokens':9,'completion_tokens_details':{'reasoning_tokens':6,'audio_tokens':2} | 0 0 0 0 0 1 6 2",
                "'completion_tokens':4,'completion_tokens_details':{'reasoning_tokens':6,'audio_tokens':2} | 0 0 0 0 0 0 4 0",
                "'prompt_tokens':10,'completion_tokens':4,'total_tokens':20,'completion_tokens_details':{'reasoning_tokens':6} | 10 0 0 0 0 4 6 0",
                "'prompt_tokens':10,'completion_tokens':9,'total_tokens':19,'completion_tokens_details':{'reasoning_tokens':6} | 10 0 0 0 0 3 6 0",
                "'prompt_tokens':99999999999999999999,'completion_tokens':1e3 | 1000000000 0 0 0 0 1000000000 0 0"
            })
    void mapsUsageToDisjointClasses(String usage, String expected) {
        Usage mapped =
                Objects.requireNonNull(
                        facts(("{'usage':{" + usage + "}}").replace('\'', '"')).usage());

        assertThat(
                        "%d %d %d %d %d %d %d %d"
                                .formatted(
                                        mapped.input(),
                                        mapped.cachedRead(),
                                        mapped.cacheWrite5m(),
                                        mapped.image(),
                                        mapped.audioInput(),
                                        mapped.output(),
                                        mapped.reasoning(),
                                        mapped.audioOutput()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[]", "7", "\"none\"", "{\"cost\":1}"})
    void hasNoUsageWhereNothingIsCounted(String usage) {
        assertThat(facts("{\"usage\":" + usage + "}").usage()).isNull();
        assertThat(facts("{}").usage()).isNull();
    }

    @Test
    void findsGroqsUsageOfAStream() {
        assertThat(
                        facts(
                                        "{\"x_groq\":{\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":24}}}")
                                .usage())
                .isEqualTo(Usage.of(12, 24));
        assertThat(
                        facts(
                                        "{\"x_groq\":{\"usage\":{\"prompt_tokens\":1}},\"usage\":{\"prompt_tokens\":2}}")
                                .usage())
                .isEqualTo(Usage.of(2, 0));
    }

    @Test
    void hidesOnlyWhatBringsNothingButUsage() {
        String usage = "\"usage\":{\"prompt_tokens\":1}";

        assertThat(facts("{\"choices\":[]," + usage + "}").usageOnly()).isTrue();
        assertThat(facts("{" + usage + "}").usageOnly()).isTrue();
        assertThat(facts("{\"choices\":[{}]," + usage + "}").usageOnly()).isFalse();
        assertThat(facts("{\"choices\":[],\"usage\":null}").usageOnly()).isFalse();
        assertThat(facts("{\"error\":{}," + usage + "}").usageOnly()).isFalse();
    }

    @Test
    void readsOnlyTheBytesThatBelongToTheBody() {
        byte[] body = "{\"id\":\"a\"}garbage".getBytes(UTF_8);

        assertThat(ResponseFacts.of(body, 10).id()).isEqualTo("a");
        assertThat(ResponseFacts.of(body, 9)).isEqualTo(ResponseFacts.MALFORMED);
    }

    private static ResponseFacts facts(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return ResponseFacts.of(bytes, bytes.length);
    }
}
