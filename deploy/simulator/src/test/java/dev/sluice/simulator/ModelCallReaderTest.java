package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class ModelCallReaderTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void readsWhatMattersAndSkipsTheRest() {
        ModelCall call =
                call(
                        Endpoint.CHAT,
                        """
                        {"temperature":0.5,"tools":[{"a":{"b":[1]}}],"model":"gpt-4o","stream":true,
                         "stream_options":{"include_usage":true,"x":[]},"n":2,"stop":["a","b"],
                         "max_tokens":9,"max_completion_tokens":7,"user":null,"input":"x",
                         "metadata":{"team":{"x":1},"sim_output_tokens":"120"},
                         "messages":[{"role":"user","content":"hi"}]}
                        """);

        assertThat(call.model()).isEqualTo("gpt-4o");
        assertThat(call.stream()).isTrue();
        assertThat(call.includeUsage()).isTrue();
        assertThat(call.choices()).isEqualTo(2);
        assertThat(call.stops()).containsExactly("a", "b");
        assertThat(call.outputTokensMax()).isEqualTo(7);
        assertThat(call.outputTokens()).isEqualTo(120);
        assertThat(call.prompts()).hasSize(1);
        assertThat(call.inputTokens()).isEqualTo(3 + 1);
    }

    @Test
    void weighsThePartsOfAMessageTogether() {
        ModelCall call =
                call(
                        Endpoint.CHAT,
                        """
                        {"model":"gpt-4o","messages":[
                         {"role":"system","content":"abcd"},
                         {"content":[{"type":"text","text":"abc"},
                                     {"type":"image_url","image_url":{"url":"data:xxxxxxxxxxxx"}},
                                     {"type":"text","text":"de"}],"role":"user"},
                         {"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}]}
                        """);

        assertThat(call.inputTokens()).isEqualTo((3 + 1) + (3 + 2) + 3);
    }

    @Test
    void hashesThePromptAndNothingElse() {
        Prompt plain =
                call(Endpoint.CHAT, "{\"model\":\"a\"," + MESSAGES + "}").prompts().getFirst();
        Prompt tuned =
                call(Endpoint.CHAT, "{" + MESSAGES + ",\"model\":\"b\",\"temperature\":1}")
                        .prompts()
                        .getFirst();

        assertThat(plain.hash()).isEqualTo(tuned.hash());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "abcdefgh"                | 1 | 2
                    ["abcdefgh","x",""]       | 3 | 3
                    [1,2,3]                   | 1 | 3
                    [[1,2],[3]]               | 2 | 3
                    ["x"]                     | 1 | 1
                    """)
    void readsEveryFormOfPrompt(String prompt, int prompts, long tokens) {
        ModelCall call = call(Endpoint.COMPLETIONS, "{\"model\":\"m\",\"prompt\":" + prompt + "}");

        assertThat(call.prompts()).hasSize(prompts);
        assertThat(call.inputTokens()).isEqualTo(tokens);
    }

    @Test
    void readsTheFormOfAnEmbedding() {
        ModelCall call =
                call(
                        Endpoint.EMBEDDINGS,
                        "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":4,"
                                + "\"encoding_format\":\"base64\",\"stream\":true}");

        assertThat(call.prompts()).hasSize(2);
        assertThat(call.dimensions()).isEqualTo(4);
        assertThat(call.base64()).isTrue();
        assertThat(call.stream()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            textBlock =
                    """
                    ``                                                         | - | -
                    {                                                          | - | -
                    []                                                         | - | -
                    {} x                                                       | - | -
                    {"model":"m","messages":[{"role":"user"}]} {}              | - | -
                    {"model":"m"}                                              | messages | missing_required_parameter
                    {"messages":[{"role":"user","content":"x"}]}               | model | missing_required_parameter
                    {"model":"","messages":[{"role":"user","content":"x"}]}    | model | missing_required_parameter
                    {"model":5,"messages":[{"role":"user","content":"x"}]}     | model | invalid_type
                    {"model":"m","messages":[]}                                | messages | invalid_value
                    {"model":"m","messages":"x"}                               | messages | invalid_type
                    {"model":"m","messages":["x"]}                             | messages | invalid_type
                    {"model":"m","messages":[{"content":"x"}]}                 | messages.role | missing_required_parameter
                    {"model":"m","messages":[{"role":"user","content":5}]}     | messages.content | invalid_type
                    {"model":"m","messages":[{"role":"u","content":["x"]}]}    | messages.content | invalid_type
                    {"model":"m","messages":[{"role":"u"}],"n":0}              | n | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"n":1.5}            | n | invalid_type
                    {"model":"m","messages":[{"role":"u"}],"n":99999999999}    | - | -
                    {"model":"m","messages":[{"role":"u"}],"max_tokens":0}     | max_tokens | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"stream":"yes"}     | stream | invalid_type
                    {"model":"m","messages":[{"role":"u"}],"stream_options":{}} | stream_options | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"stop":["1","2","3","4","5"]} | stop | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"stop":""}          | stop | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"metadata":{"sim_output_tokens":"x"}} | metadata | invalid_value
                    {"model":"m","messages":[{"role":"u"}],"n":128,"metadata":{"sim_output_tokens":90000}} | n | invalid_value
                    """)
    void refusesInOpenAisWords(String body, @Nullable String param, @Nullable String code) {
        assertThat(ModelCallReader.read(Endpoint.CHAT, body.getBytes(UTF_8)))
                .isInstanceOfSatisfying(
                        Rejection.class,
                        rejection -> {
                            assertThat(rejection.status()).isEqualTo(400);
                            assertThat(rejection.type()).isEqualTo("invalid_request_error");
                            assertThat(rejection.param()).isEqualTo(param);
                            assertThat(rejection.code()).isEqualTo(code);
                        });
    }

    @Test
    void refusesEmptyAndWrongEmbeddingInputs() {
        for (String input : List.of("\"\"", "[\"a\",\"\"]", "[]", "{}", "[[\"a\"]]", "[true]")) {
            byte[] body = ("{\"model\":\"m\",\"input\":" + input + "}").getBytes(UTF_8);

            assertThat(ModelCallReader.read(Endpoint.EMBEDDINGS, body))
                    .as(input)
                    .isInstanceOf(Rejection.class);
        }
    }

    @Test
    void refusesDeepNestingAndBrokenUtf8() {
        byte[] deep = ("{\"x\":" + "[".repeat(100_000)).getBytes(UTF_8);
        byte[] broken = "{\"model\":\"\u00e9\"}".getBytes(UTF_16BE);

        assertThat(ModelCallReader.read(Endpoint.CHAT, deep)).isInstanceOf(Rejection.class);
        assertThat(ModelCallReader.read(Endpoint.CHAT, broken)).isInstanceOf(Rejection.class);
        assertThat(ModelCallReader.read(Endpoint.CHAT, new byte[] {'{', '"', (byte) 0xff, '"'}))
                .isInstanceOf(Rejection.class);
    }

    private static ModelCall call(Endpoint endpoint, String body) {
        return (ModelCall) ModelCallReader.read(endpoint, body.getBytes(UTF_8));
    }
}
