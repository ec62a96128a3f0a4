package dev.sluice.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.GeminiProtocol;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;

import org.junit.jupiter.api.Test;

import java.util.List;

/** OpenAI's requests as Google's. */
class GeminiRequestTest {

    private static final String FLASH = "gemini-2.5-flash";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void allRolesFindTheirPlaces() {
        JsonNode body =
                Calls.chat(
                        FLASH,
                        """
                        "messages":[
                          {"role":"system","content":"Be brief."},
                          {"role":"developer","content":[{"type":"text","text":"Be kind."}]},
                          {"role":"user","content":"Grüße \uD83D\uDE00"},
                          {"role":"assistant","content":"Hello","refusal":null},
                          {"role":"user","content":[{"type":"text","text":"Bye"}]}]
                        """);
        assertThat(body)
                .isEqualTo(
                        Calls.tree(
                                """
                                {"systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
                                 "contents":[
                                   {"role":"user","parts":[{"text":"Grüße \uD83D\uDE00"}]},
                                   {"role":"model","parts":[{"text":"Hello"}]},
                                   {"role":"user","parts":[{"text":"Bye"}]}]}
                                """));
    }

    @Test
    void mediaGoInlineOrAsLinks() {
        JsonNode parts =
                Calls.chat(
                                FLASH,
                                """
                                "messages":[{"role":"user","content":[
                                  {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                                  {"type":"image_url","image_url":{"url":"https://a.example/b.jpg?c=d"}},
                                  {"type":"image_url","image_url":{"url":"gs://b/c","format":"image/webp"}},
                                  {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},
                                  {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}},
                                  {"type":"file","file":{"file_id":"https://files.example/v1/x"}}]}]
                                """)
                        .at("/contents/0/parts");
        assertThat(parts)
                .isEqualTo(
                        Calls.tree(
                                """
                                [{"inlineData":{"mimeType":"image/png","data":"AAAA"}},
                                 {"fileData":{"mimeType":"image/jpeg","fileUri":"https://a.example/b.jpg?c=d"}},
                                 {"fileData":{"mimeType":"image/webp","fileUri":"gs://b/c"}},
                                 {"inlineData":{"mimeType":"audio/mp3","data":"BBBB"}},
                                 {"inlineData":{"mimeType":"application/pdf","data":"CCCC"}},
                                 {"fileData":{"fileUri":"https://files.example/v1/x"}}]
                                """));
    }

    @Test
    void callsAndTheirResultsKeepIdsNamesAndSignatures() {
        JsonNode contents =
                Calls.chat(
                                "gemini-3-flash-preview",
                                """
                                "messages":[
                                  {"role":"user","content":"Do"},
                                  {"role":"assistant","content":null,"tool_calls":[
                                    {"id":"call_1__thought__-_-_AA","type":"function",
                                     "function":{"name":"f","arguments":"{\\"a\\":1.50}"}},
                                    {"id":"call_2","type":"function","function":{"name":"g","arguments":""}},
                                    {"id":"call_3","type":"function","function":{"name":"f","arguments":"{}"}}]},
                                  {"role":"tool","tool_call_id":"call_1__thought__-_-_AA","content":"{\\"x\\":[1]}"},
                                  {"role":"tool","tool_call_id":"call_3","content":[{"type":"text","text":"[1]"}]},
                                  {"role":"tool","tool_call_id":"call_2","content":"broke","is_error":true},
                                  {"role":"user","content":"And?"}]
                                """)
                        .path("contents");
        assertThat(contents)
                .isEqualTo(
                        Calls.tree(
                                """
                                [{"role":"user","parts":[{"text":"Do"}]},
                                 {"role":"model","parts":[
                                   {"functionCall":{"name":"f","args":{"a":1.50},"id":"call_1"},
                                    "thoughtSignature":"+/+/AA=="},
                                   {"functionCall":{"name":"g","args":{},"id":"call_2"}},
                                   {"functionCall":{"name":"f","args":{},"id":"call_3"}}]},
                                 {"role":"user","parts":[
                                   {"functionResponse":{"id":"call_1","name":"f","response":{"x":[1]}}},
                                   {"functionResponse":{"id":"call_3","name":"f","response":{"output":"[1]"}}},
                                   {"functionResponse":{"id":"call_2","name":"g","response":{"error":"broke"}}}]},
                                 {"role":"user","parts":[{"text":"And?"}]}]
                                """));
    }

    @Test
    void callsOfOtherModelsSayThatTheyHaveNoSignature() {
        String messages =
                """
                "messages":[{"role":"assistant","tool_calls":[
                   {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]
                """;
        String signature = "/contents/0/parts/0/thoughtSignature";
        assertThat(Calls.chat("gemini-3-pro-preview", messages).at(signature).asText())
                .isEqualTo("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=");
        assertThat(Calls.chat(FLASH, messages).at(signature).isMissingNode()).isTrue();
    }

    @Test
    void anImageInAResultGoesWithIt() {
        String messages =
                """
                "messages":[
                  {"role":"assistant","tool_calls":[
                    {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"c","content":[
                    {"type":"text","text":"seen"},
                    {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]
                """;
        assertThat(
                        Calls.chat("gemini-3-pro-preview", messages)
                                .at("/contents/1/parts/0/functionResponse/parts/0/inlineData/data")
                                .asText())
                .isEqualTo("AA==");
        assertThat(Calls.chat(FLASH, messages).at("/contents/1/parts/1/inlineData/data").asText())
                .isEqualTo("AA==");
    }

    @Test
    void toolsKeepTheirSchemas() {
        JsonNode body =
                Calls.chat(
                        FLASH,
                        HI
                                + """
                                ,"tools":[
                                  {"type":"function","function":{"name":"f","description":"d","strict":true,
                                   "parameters":{"$schema":"x","type":"object","additionalProperties":false,
                                     "properties":{"const":{"const":"a"},"examples":{"$ref":"#/$defs/e"}},
                                     "required":["const"],"$defs":{"e":{"enum":[1,null]}}}}},
                                  {"type":"function","function":{"name":"g"}},
                                  {"codeExecution":{}}],
                                 "tool_choice":{"type":"function","function":{"name":"f"}}
                                """);
        assertThat(body.path("tools"))
                .isEqualTo(
                        Calls.tree(
                                """
                                [{"codeExecution":{}},
                                 {"functionDeclarations":[
                                   {"name":"f","description":"d","parametersJsonSchema":
                                     {"type":"object","additionalProperties":false,
                                      "properties":{"const":{"enum":["a"]},"examples":{"$ref":"#/$defs/e"}},
                                      "required":["const"],"$defs":{"e":{"enum":[1,null]}}}},
                                   {"name":"g"}]}]
                                """));
        assertThat(body.path("toolConfig"))
                .isEqualTo(
                        Calls.tree(
                                """
                                {"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}
                                """));
    }

    @Test
    void toolChoicesHaveGooglesNames() {
        for (List<String> pair :
                List.of(
                        List.of("auto", "AUTO"),
                        List.of("none", "NONE"),
                        List.of("required", "ANY"))) {
            JsonNode body = Calls.chat(FLASH, HI + ",\"tool_choice\":\"" + pair.get(0) + "\"");
            assertThat(body.at("/toolConfig/functionCallingConfig/mode").asText())
                    .isEqualTo(pair.get(1));
        }
    }

    @Test
    void samplingAndBoundsBecomeGenerationConfig() {
        JsonNode config =
                Calls.chat(
                                FLASH,
                                HI
                                        + """
                                        ,"temperature":0.70,"top_p":0.9,"top_k":40,"seed":7,"n":1,
                                        "presence_penalty":0.1,"frequency_penalty":-0.2,"stop":"END",
                                        "max_completion_tokens":100,"user":"u","metadata":{"a":"b"},
                                        "response_format":{"type":"json_schema","json_schema":{"name":"s",
                                          "strict":true,"schema":{"type":"object","properties":{}}}},
                                        "parallel_tool_calls":true,"logprobs":false,"stream":true,
                                        "modalities":["text","image"],"mediaResolution":"MEDIA_RESOLUTION_LOW"
                                        """)
                        .path("generationConfig");
        assertThat(config)
                .isEqualTo(
                        Calls.tree(
                                """
                                {"temperature":0.70,"topP":0.9,"topK":40,"seed":7,
                                 "presencePenalty":0.1,"frequencyPenalty":-0.2,"stopSequences":["END"],
                                 "maxOutputTokens":100,"responseMimeType":"application/json",
                                 "responseJsonSchema":{"type":"object","properties":{}},
                                 "responseModalities":["TEXT","IMAGE"],
                                 "mediaResolution":"MEDIA_RESOLUTION_LOW"}
                                """));
    }

    @Test
    void googlesOwnParametersPassByTheirNames() {
        JsonNode body =
                Calls.chat(
                        FLASH,
                        HI
                                + """
                                ,"safety_settings":[{"category":"C","threshold":"BLOCK_NONE"}],
                                "cachedContent":"cachedContents/1","labels":{"a":"b"}
                                """);
        assertThat(body.at("/safetySettings/0/threshold").asText()).isEqualTo("BLOCK_NONE");
        assertThat(body.path("cachedContent").asText()).isEqualTo("cachedContents/1");
        assertThat(body.at("/labels/a").asText()).isEqualTo("b");
    }

    @Test
    void thinkingHasBudgetsAndLaterLevels() {
        assertThat(thinking(FLASH, "\"reasoning_effort\":\"high\""))
                .isEqualTo(Calls.tree("{\"includeThoughts\":true,\"thinkingBudget\":4096}"));
        assertThat(thinking(FLASH, "\"reasoning_effort\":\"none\""))
                .isEqualTo(Calls.tree("{\"includeThoughts\":false,\"thinkingBudget\":0}"));
        assertThat(thinking("gemini-3-pro-preview", "\"reasoning_effort\":\"minimal\""))
                .isEqualTo(Calls.tree("{\"includeThoughts\":true,\"thinkingLevel\":\"low\"}"));
        assertThat(thinking(FLASH, "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":9000}"))
                .isEqualTo(Calls.tree("{\"includeThoughts\":true,\"thinkingBudget\":9000}"));
    }

    private static JsonNode thinking(String model, String member) {
        return Calls.chat(model, HI + "," + member).at("/generationConfig/thinkingConfig");
    }

    @Test
    void theOperatorsBoundHolds() {
        var cap = new OutputCap(50, OutputCap.Member.MAX_TOKENS);
        for (String asked : List.of("", ",\"max_tokens\":51", ",\"max_tokens\":10")) {
            JsonNode body =
                    Calls.body(
                            Calls.ready(
                                    Calls.prepare(
                                            Calls.studio(FLASH),
                                            Endpoint.CHAT_COMPLETIONS,
                                            "{\"model\":\"m\"," + HI + asked + "}",
                                            cap)));
            assertThat(body.at("/generationConfig/maxOutputTokens").asLong())
                    .isEqualTo(asked.endsWith("10") ? 10 : 50);
        }
    }

    @Test
    void whatGoogleDoesNotHaveIsRefusedByName() {
        var refusal = Calls.refused(Calls.studio(FLASH), HI + ",\"logit_bias\":{\"1\":2},\"n\":2");
        assertThat(refusal.param()).isEqualTo("logit_bias");
        assertThat(refusal.message())
                .startsWith(
                        "gemini does not support parameters: ['logit_bias', 'n'],"
                                + " for model=gemini-2.5-flash.");
    }

    @Test
    void whatGoogleDoesNotHaveIsDroppedOrPassedWhereTheConfigSaysSo() {
        Protocol protocol =
                GeminiProtocol.studio(
                        Calls.settings(
                                FLASH,
                                null,
                                new ProtocolSettings.Parameters(
                                        true, List.of("seed"), List.of("verbosity"))));
        JsonNode body =
                Calls.body(
                        Calls.ready(
                                protocol,
                                "{\"model\":\"m\","
                                        + HI
                                        + ",\"n\":2,\"seed\":1,\"verbosity\":\"low\"}"));
        assertThat(body.has("generationConfig")).isFalse();
        assertThat(body.path("verbosity").asText()).isEqualTo("low");
        assertThat(body.size()).isEqualTo(2);
    }

    @Test
    void messagesThatGoogleCannotTakeAreRefusedByPlace() {
        Protocol protocol = Calls.studio(FLASH);
        assertThat(
                        Calls.refused(
                                        protocol,
                                        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"x\"}]}]")
                                .param())
                .isEqualTo("messages[0].content");
        assertThat(
                        Calls.refused(
                                        protocol,
                                        "\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"secret\",\"content\":\"\"}]")
                                .message())
                .isEqualTo("messages[0].tool_call_id names no call of an earlier message.");
        assertThat(
                        Calls.refused(
                                        protocol,
                                        "\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
                                                + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"[1\"}}]}]")
                                .param())
                .isEqualTo("messages[0].tool_calls[0].function.arguments");
    }
}
