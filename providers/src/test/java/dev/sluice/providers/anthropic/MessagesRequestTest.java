package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProtocolSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class MessagesRequestTest {

    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final String TOOL =
            "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
                    + "\"parameters\":{\"type\":\"object\",\"properties\":{}}}}";

    private static ObjectNode with(String model, String fields) {
        return Anthropic.sent(model, "{\"model\":\"m\"," + HI + fields + "}");
    }

    private static ObjectNode with(String fields) {
        return with("claude-sonnet-4-5", fields);
    }

    private static JsonNode json(String text) {
        return Recordings.tree(text);
    }

    private static Preparation.Unsupported refusal(String fields) {
        return refusal("claude-sonnet-4-5", fields);
    }

    private static Preparation.Unsupported refusal(String model, String fields) {
        Preparation preparation =
                Anthropic.prepare(
                        Anthropic.protocol(model, ProtocolSettings.Parameters.STRICT),
                        json("{\"model\":\"m\"," + HI + fields + "}"));
        assertThat(preparation).isInstanceOf(Preparation.Unsupported.class);
        return (Preparation.Unsupported) preparation;
    }

    @Test
    void aPlainRequestHasTheModelOfTheDeploymentAndABound() {
        assertThat(with(""))
                .isEqualTo(
                        json(
                                """
                                {"model":"claude-sonnet-4-5","max_tokens":4096,
                                 "messages":[{"role":"user",
                                              "content":[{"type":"text","text":"Hi"}]}]}
                                """));
    }

    @Test
    void aConversationKeepsItsOrderItsCallsAndTheirResults() {
        ObjectNode sent =
                Anthropic.sent(
                        "claude-sonnet-4-5",
                        """
                        {"model":"m","tools":[%s],"messages":[
                          {"role":"system","content":"Be brief."},
                          {"role":"developer","content":[{"type":"text","text":"Be kind.",
                            "cache_control":{"type":"ephemeral","ttl":"1h"}}]},
                          {"role":"user","content":[{"type":"text","text":"Look"},
                            {"type":"image_url","image_url":{"url":"https://x.test/a.png"}},
                            {"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAA="}}]},
                          {"role":"assistant","content":"I look.","reasoning_content":"Hm",
                           "thinking_blocks":[{"type":"thinking","thinking":"H"},
                             {"type":"thinking","thinking":"m"},
                             {"type":"thinking","thinking":"","signature":"sig"},
                             {"type":"redacted_thinking","data":"xx"}],
                           "tool_calls":[
                             {"id":"call:1","type":"function","function":{"name":"f",
                               "arguments":"{\\"a\\":1.50,\\"big\\":12345678901234567890}"}},
                             {"id":"call_2","type":"function","function":{"name":"g",
                               "arguments":""}},
                             {"id":"call_3","type":"function","function":{"name":"g",
                               "arguments":"{\\"cut"}}]},
                          {"role":"tool","tool_call_id":"call:1","content":"one"},
                          {"role":"tool","tool_call_id":"call_2","is_error":true,
                           "content":[{"type":"text","text":"two"}]},
                          {"role":"tool","tool_call_id":"call_3","content":""},
                          {"role":"user","content":"And?"},
                          {"role":"assistant","content":"It is "}]}
                        """
                                .formatted(TOOL));

        assertThat(sent.path("system"))
                .isEqualTo(
                        json(
                                """
                                [{"type":"text","text":"Be brief."},
                                 {"type":"text","text":"Be kind.",
                                  "cache_control":{"type":"ephemeral","ttl":"1h"}}]
                                """));
        assertThat(sent.path("messages"))
                .isEqualTo(
                        json(
                                """
                                [{"role":"user","content":[{"type":"text","text":"Look"},
                                   {"type":"image","source":{"type":"url",
                                     "url":"https://x.test/a.png"}},
                                   {"type":"image","source":{"type":"base64",
                                     "media_type":"image/jpeg","data":"AAA="}}]},
                                 {"role":"assistant","content":[
                                   {"type":"thinking","thinking":"Hm","signature":"sig"},
                                   {"type":"redacted_thinking","data":"xx"},
                                   {"type":"text","text":"I look."},
                                   {"type":"tool_use","id":"call_1","name":"f",
                                    "input":{"a":1.50,"big":12345678901234567890}},
                                   {"type":"tool_use","id":"call_2","name":"g","input":{}},
                                   {"type":"tool_use","id":"call_3","name":"g",
                                    "input":{"arguments":"{\\"cut"}}]},
                                 {"role":"user","content":[
                                   {"type":"tool_result","tool_use_id":"call_1","content":"one"},
                                   {"type":"tool_result","tool_use_id":"call_2","is_error":true,
                                    "content":[{"type":"text","text":"two"}]},
                                   {"type":"tool_result","tool_use_id":"call_3","content":""},
                                   {"type":"text","text":"And?"}]},
                                 {"role":"assistant","content":[{"type":"text","text":"It is"}]}]
                                """));
    }

    @Test
    void filesBecomeDocuments() {
        Preparation.Ready ready =
                Anthropic.ready(
                        "claude-sonnet-4-5",
                        json(
                                """
                                {"model":"m","messages":[{"role":"user","content":[
                                  {"type":"file","file":{"filename":"a.pdf",
                                    "file_data":"data:application/pdf;base64,JVBERi0="}},
                                  {"type":"file","file":{
                                    "file_data":"data:text/plain;base64,R3LDvMOfZQ=="}},
                                  {"type":"file","file":{"file_id":"file_1"}}]}]}
                                """));

        assertThat(Anthropic.sent(ready).at("/messages/0/content"))
                .isEqualTo(
                        json(
                                """
                                [{"type":"document","title":"a.pdf","source":{"type":"base64",
                                   "media_type":"application/pdf","data":"JVBERi0="}},
                                 {"type":"document","source":{"type":"text",
                                   "media_type":"text/plain","data":"Grüße"}},
                                 {"type":"document","source":{"type":"file","file_id":"file_1"}}]
                                """));
        assertThat(ready.headers())
                .containsExactly(Map.entry("anthropic-beta", "files-api-2025-04-14"));
    }

    @Test
    void instructionsAloneBecomeAMessage() {
        ObjectNode sent =
                Anthropic.sent(
                        "claude-sonnet-4-5",
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Go\"}]}");
        assertThat(sent.has("system")).isFalse();
        assertThat(sent.at("/messages/0/role").asText()).isEqualTo("user");
        assertThat(sent.at("/messages/0/content/0/text").asText()).isEqualTo("Go");
    }

    @Test
    void parametersTakeAnthropicsNames() {
        ObjectNode sent =
                with(
                        """
                        ,"max_completion_tokens":7,"max_tokens":9,"stop":"END","temperature":0.30,
                        "top_p":0.9,"top_k":5,"user":"u-1","metadata":{"job":"x"},"stream":true,
                        "stream_options":{"include_usage":true},"service_tier":"default","n":1,
                        "presence_penalty":0,"logprobs":false,"seed":null,"num_retries":3,
                        "cache":{"no-cache":true},"mock_response":"x","api_key":"sk-callers"
                        """);
        sent.remove("messages");
        assertThat(sent)
                .isEqualTo(
                        json(
                                """
                                {"model":"claude-sonnet-4-5","max_tokens":7,
                                 "stop_sequences":["END"],"temperature":0.30,"top_p":0.9,"top_k":5,
                                 "metadata":{"user_id":"u-1"},"stream":true,
                                 "service_tier":"standard_only"}
                                """));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a@b.test", "+43 660 1234567", " "})
    void whatAnthropicRefusesAsAUserIsNotSent(String user) {
        assertThat(with(",\"user\":\"" + user + "\"").has("metadata")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"n\":2",
                "\"seed\":1",
                "\"presence_penalty\":0.5",
                "\"frequency_penalty\":1",
                "\"logprobs\":true",
                "\"top_logprobs\":2",
                "\"logit_bias\":{\"1\":2}",
                "\"modalities\":[\"audio\"]",
                "\"prediction\":{}",
                "\"audio\":{}",
                "\"verbosity\":\"low\"",
                "\"functions\":[]",
                "\"function_call\":\"auto\"",
                "\"store\":true",
                "\"service_tier\":\"flex\""
            })
    void whatAnthropicDoesNotHaveIsRefusedByNameOrLeftOutOrPassedOn(String field) {
        String name = field.substring(1, field.indexOf('"', 1));
        Preparation.Unsupported refusal = refusal("," + field);
        assertThat(refusal.param()).isEqualTo(name);
        assertThat(refusal.message())
                .contains("UnsupportedParamsError")
                .contains("anthropic does not support parameters: ['" + name + "']");
        assertThat(with("," + field + ",\"drop_params\":true").has(name)).isFalse();
        assertThat(with("," + field + ",\"additional_drop_params\":[\"" + name + "\"]").has(name))
                .isFalse();
        if (!name.equals("service_tier")) {
            assertThat(
                            with("," + field + ",\"allowed_openai_params\":[\"" + name + "\"]")
                                    .has(name))
                    .isTrue();
        }
    }

    @Test
    void theConfigSaysWhatIsDropped() {
        var drop = new ProtocolSettings.Parameters(true, List.of("temperature"), List.of("seed"));
        Preparation.Ready ready =
                Anthropic.ready(
                        Anthropic.prepare(
                                Anthropic.protocol("claude-sonnet-4-5", drop),
                                json(
                                        "{\"model\":\"m\","
                                                + HI
                                                + ",\"n\":3,\"temperature\":1,\"seed\":4}")));
        ObjectNode sent = Anthropic.sent(ready);
        assertThat(sent.has("n")).isFalse();
        assertThat(sent.has("temperature")).isFalse();
        assertThat(sent.path("seed").asInt()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"type\":\"input_audio\",\"input_audio\":{}}]",
                "[{\"type\":\"file\",\"file\":{\"file_data\":\"data:video/mp4;base64,AA\"}}]",
                "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png,AA\"}}]",
                "[{}]",
                "7"
            })
    void contentThatCannotBeSentIsRefusedByItsPlace(String content) {
        Preparation preparation =
                Anthropic.prepare(
                        Anthropic.protocol("claude-sonnet-4-5", ProtocolSettings.Parameters.STRICT),
                        json(
                                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                                        + content
                                        + "}]}"));
        assertThat(preparation).isInstanceOf(Preparation.Unsupported.class);
        assertThat(((Preparation.Unsupported) preparation).message())
                .contains("messages[0].content");
    }

    @Test
    void toolsKeepTheirSchemasAndCaching() {
        ObjectNode sent =
                with(
                        """
                        ,"tools":[%s,{"type":"function","function":{"name":"g","strict":true,
                            "parameters":{"type":"object","properties":{"n":{"type":"integer",
                              "minimum":1,"description":"count"}}}},
                            "cache_control":{"type":"ephemeral"}},
                          {"type":"function","function":{"name":"h"}},
                          {"type":"bash_20250124","name":"bash"}]
                        """
                                .formatted(TOOL));
        assertThat(sent.path("tools"))
                .isEqualTo(
                        json(
                                """
                                [{"name":"f","description":"d",
                                  "input_schema":{"type":"object","properties":{}}},
                                 {"name":"g","strict":true,"input_schema":{"type":"object",
                                    "properties":{"n":{"type":"integer",
                                      "description":"count {\\"minimum\\":1}"}},
                                    "additionalProperties":false},
                                  "cache_control":{"type":"ephemeral"}},
                                 {"name":"h","input_schema":{"type":"object"}},
                                 {"type":"bash_20250124","name":"bash"}]
                                """));
        assertThat(sent.has("tool_choice")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"auto\" | null",
                "\"required\" | {\"type\":\"any\"}",
                "\"none\" | {\"type\":\"none\"}",
                "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"
                        + "| {\"type\":\"tool\",\"name\":\"f\"}",
                "{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":"
                        + "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}"
                        + "| {\"type\":\"any\"}"
            })
    void choicesOfToolsAreTranslated(String choice, String expected) {
        ObjectNode sent = with(",\"tools\":[%s],\"tool_choice\":%s".formatted(TOOL, choice));
        assertThat(sent.path("tool_choice").toString())
                .isEqualTo(expected.equals("null") ? "" : json(expected).toString());
    }

    @Test
    void oneCallAtATimeIsAsked() {
        assertThat(
                        with(",\"parallel_tool_calls\":false,\"tools\":[" + TOOL + "]")
                                .path("tool_choice"))
                .isEqualTo(json("{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"));
        assertThat(refusal(",\"tools\":[" + TOOL + "],\"tool_choice\":\"some\"").param())
                .isEqualTo("tool_choice");
        assertThat(refusal(",\"tools\":[{\"type\":\"custom\",\"custom\":{}}]").param())
                .isEqualTo("tools");
    }

    @Test
    void toolsOfOldCallsAreDeclaredButNotOffered() {
        ObjectNode sent =
                Anthropic.sent(
                        "claude-sonnet-4-5",
                        """
                        {"model":"m","messages":[{"role":"user","content":"x"},
                          {"role":"assistant","tool_calls":[{"id":"a","type":"function",
                            "function":{"name":"f","arguments":"{}"}}]},
                          {"role":"tool","tool_call_id":"a","content":"1"}]}
                        """);
        assertThat(sent.at("/tools/0/name").asText()).isEqualTo("f");
        assertThat(sent.path("tool_choice")).isEqualTo(json("{\"type\":\"none\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude-sonnet-4-5-20250929 | low | 1024",
                "claude-3-7-sonnet-20250219 | medium | 2048",
                "claude-sonnet-4-20250514 | high | 4096",
            })
    void effortBecomesABudgetBesideTheAnswer(String model, String effort, int budget) {
        ObjectNode sent = with(model, ",\"reasoning_effort\":\"" + effort + "\"");
        assertThat(sent.path("thinking"))
                .isEqualTo(json("{\"type\":\"enabled\",\"budget_tokens\":" + budget + "}"));
        assertThat(sent.path("max_tokens").asInt()).isEqualTo(4096 + budget);
    }

    @Test
    void aBudgetLeavesRoomForTheAnswer() {
        String high = ",\"reasoning_effort\":\"high\",\"max_tokens\":";
        assertThat(with(high + 2000).at("/thinking/budget_tokens").asInt()).isEqualTo(1999);
        assertThat(with(high + 500).has("thinking")).isFalse();
        assertThat(with(",\"reasoning_effort\":\"none\"").has("thinking")).isFalse();
        String own =
                ",\"max_tokens\":500,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":900}";
        assertThat(with(own).at("/thinking/budget_tokens").asInt()).isEqualTo(900);
    }

    @Test
    void newModelsAreToldAnEffort() {
        ObjectNode sent = with("claude-opus-4-7", ",\"reasoning_effort\":\"minimal\"");
        assertThat(sent.path("thinking"))
                .isEqualTo(json("{\"type\":\"adaptive\",\"display\":\"summarized\"}"));
        assertThat(sent.path("output_config")).isEqualTo(json("{\"effort\":\"low\"}"));
        assertThat(with("claude-opus-4-6", ",\"reasoning_effort\":\"high\"").path("thinking"))
                .isEqualTo(json("{\"type\":\"adaptive\"}"));
        assertThat(refusal("claude-3-opus-20240229", ",\"reasoning_effort\":\"low\"").param())
                .isEqualTo("reasoning_effort");
        assertThat(refusal(",\"reasoning_effort\":\"huge\"").param()).isEqualTo("reasoning_effort");
    }

    @Test
    void withoutTheThoughtsOfItsCallsAModelGoesOnWithoutThinking() {
        String request =
                """
                {"model":"m","reasoning_effort":"low","tools":[%s],"messages":[
                  {"role":"user","content":"x"},
                  {"role":"assistant",%s"tool_calls":[{"id":"a","type":"function",
                    "function":{"name":"f","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"a","content":"1"}]}
                """;
        String thoughts =
                "\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"}],";
        String model = "claude-sonnet-4-5";
        assertThat(Anthropic.sent(model, request.formatted(TOOL, "")).has("thinking")).isFalse();
        assertThat(Anthropic.sent(model, request.formatted(TOOL, thoughts)).has("thinking"))
                .isTrue();
    }

    @Test
    void theOperatorsCapHolds() {
        var protocol = Anthropic.protocol("claude-sonnet-4-5", ProtocolSettings.Parameters.STRICT);
        var cap = new OutputCap(3000, OutputCap.Member.MAX_TOKENS);
        for (String asked : List.of("", ",\"max_tokens\":5000", ",\"reasoning_effort\":\"high\"")) {
            ObjectNode sent =
                    Anthropic.sent(
                            Anthropic.ready(
                                    Anthropic.prepare(
                                            protocol,
                                            json("{\"model\":\"m\"," + HI + asked + "}"),
                                            cap)));
            assertThat(sent.path("max_tokens").asInt()).isEqualTo(3000);
            assertThat(sent.at("/thinking/budget_tokens").asInt(0)).isLessThan(3000);
        }
    }

    @Test
    void aSchemaForTheAnswerIsKeptByNewModelsAndByAToolOfOldOnes() {
        String format =
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\","
                        + "\"schema\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"}}}}}";
        assertThat(with(format).path("output_config"))
                .isEqualTo(
                        json(
                                """
                                {"format":{"type":"json_schema","schema":{"type":"object",
                                  "properties":{"x":{"type":"number"}},
                                  "additionalProperties":false}}}
                                """));

        ObjectNode old = with("claude-3-5-haiku-20241022", format);
        assertThat(old.path("tool_choice"))
                .isEqualTo(json("{\"type\":\"tool\",\"name\":\"json_tool_call\"}"));
        assertThat(old.at("/tools/0/input_schema/properties/x/type").asText()).isEqualTo("number");

        ObjectNode beside = with("claude-3-5-haiku-20241022", format + ",\"tools\":[" + TOOL + "]");
        assertThat(beside.path("tools")).hasSize(2);
        assertThat(beside.path("tool_choice")).isEqualTo(json("{\"type\":\"any\"}"));

        assertThat(
                        with(",\"response_format\":{\"type\":\"json_object\"}")
                                .at("/tools/0/name")
                                .asText())
                .isEqualTo("json_tool_call");
        assertThat(with(",\"response_format\":{\"type\":\"text\"}").has("tools")).isFalse();
        assertThat(refusal(",\"response_format\":{\"type\":\"grammar\"}").param())
                .isEqualTo("response_format");
    }

    @Test
    void webSearchIsATool() {
        assertThat(
                        with("""
                        ,"web_search_options":{"search_context_size":"low",
                          "user_location":{"type":"approximate",
                            "approximate":{"city":"Wien","country":"AT"}}}
                        """)
                                .path("tools"))
                .isEqualTo(
                        json(
                                """
                                [{"type":"web_search_20250305","name":"web_search","max_uses":1,
                                  "user_location":{"city":"Wien","country":"AT",
                                    "type":"approximate"}}]
                                """));
    }
}
