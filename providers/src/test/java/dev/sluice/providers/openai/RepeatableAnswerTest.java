package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;
import static dev.sluice.providers.openai.Endpoint.RESPONSES;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepeatableAnswerTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "`content`:`a` | stop | true",
                "`content`:`a` | length | true",
                "`content`:`a`,`refusal`:null,`tool_calls`:[] | stop | true",
                "`content`:`a` | eos | true",
                "`content`:`a` | content_filter | false",
                "`content`:`a` | what_nobody_knows | false",
                "`content`:`a` | content\\u005ffilter | false",
                "`content`:null,`refusal`:`no` | stop | false",
                "`content`:`a`,`tool_calls`:[{`id`:`t`}] | stop | false",
                "`content`:null,`function_call`:{`name`:`f`} | function_call | false",
            })
    void repeatsNeitherRefusalsNorCalls(String message, String finish, boolean isRepeatable) {
        assertThat(plain(CHAT_COMPLETIONS, choice(message, finish))).isEqualTo(isRepeatable);
    }

    @Test
    void repeatsOnlyWhatEndsInAllItsChoices() {
        String stopped = "{'message':{'content':'a'},'finish_reason':'stop'}";

        assertThat(plain(CHAT_COMPLETIONS, "{'choices':[%s,%s]}".formatted(stopped, stopped)))
                .isTrue();
        for (String other :
                new String[] {
                    "{'message':{'content':'a'}}",
                    "{'message':{'content':'a'},'finish_reason':null}",
                    "{'message':{'content':'a'},'finish_reason':'stop','finish_reason':'error'}",
                }) {
            assertThat(plain(CHAT_COMPLETIONS, "{'choices':[%s,%s]}".formatted(stopped, other)))
                    .as(other)
                    .isFalse();
        }
    }

    @Test
    void repeatsNeitherErrorsNorNothing() {
        assertThat(plain(CHAT_COMPLETIONS, "{'error':{'message':'no'}}")).isFalse();
        assertThat(plain(CHAT_COMPLETIONS, "{'choices':[]}")).isFalse();
        assertThat(plain(CHAT_COMPLETIONS, "nonsense")).isFalse();
        assertThat(plain(Endpoint.TRANSCRIPTIONS, "a text")).isTrue();
        assertThat(plain(Endpoint.TRANSCRIPTIONS, "{'error':{}}")).isFalse();
        assertThat(plain(Endpoint.TRANSCRIPTIONS, "")).isFalse();
        assertThat(plain(Endpoint.SPEECH, "sound")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "`status`:`completed`,`output`:[{`type`:`reasoning`},{`type`:`message`}] | true",
                "`status`:`incomplete`,`incomplete_details`:{`reason`:`max_output_tokens`},`output`:[] | true",
                "`status`:`incomplete`,`incomplete_details`:{`reason`:`content_filter`},`output`:[] | false",
                "`status`:`in_progress`,`output`:[] | false",
                "`status`:`completed`,`output`:[{`type`:`web_search_call`}] | false",
                "`status`:`completed`,`output`:[{`type`:`function_call`}] | false",
                "`status`:`completed`,`output`:[{`type`:`message`,`content`:[{`type`:`refusal`}]}] | false",
            })
    void repeatsResponsesThatOnlySaySomething(String fields, boolean isRepeatable) {
        assertThat(plain(RESPONSES, "{" + fields + "}")).isEqualTo(isRepeatable);
        String events =
                """
                data: {'type':'response.created','response':{}}

                event: response.completed
                data: {'type':'response.completed','response':{%s}}

                """
                        .formatted(fields);
        byte[] recorded = json(events);
        assertThat(RepeatableAnswer.stream(RESPONSES, recorded)).isEqualTo(isRepeatable);
        assertThat(RepeatableAnswer.stream(RESPONSES, json("data: {'type':'x'}\n\n"))).isFalse();
    }

    private static String choice(String message, String finish) {
        return "{'choices':[{'message':{%s},'finish_reason':'%s'}]}".formatted(message, finish);
    }

    private static boolean plain(Endpoint endpoint, String body) {
        byte[] bytes = json(body);
        return RepeatableAnswer.plain(
                endpoint, ResponseFacts.of(endpoint, bytes, bytes.length), bytes);
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').replace('`', '"').getBytes(UTF_8);
    }
}
