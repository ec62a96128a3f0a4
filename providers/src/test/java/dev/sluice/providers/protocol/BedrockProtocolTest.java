package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.bedrock.EventFrames;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** OpenAI's requests become Converse's, and what Bedrock says becomes OpenAI's. */
class BedrockProtocolTest {

    private static final String CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    private static final String HI = "'messages':[{'role':'user','content':'Hi'}]";

    private static BedrockProtocol protocol(String model, Parameters parameters) {
        return BedrockProtocol.of(Calls.settings("bedrock", model, parameters));
    }

    private static BedrockProtocol claude() {
        return protocol(CLAUDE, Parameters.STRICT);
    }

    private static JsonNode sent(String model, String fields) {
        return Calls.sent(
                protocol(model, Parameters.STRICT),
                Calls.chat("{'model':'m'," + HI + "," + fields + "}"));
    }

    private static JsonNode tree(String json) {
        return Exchanges.tree(json.replace('\'', '"'));
    }

    @Test
    void aConversationOfAllRolesTakesTurns() {
        JsonNode sent =
                Calls.sent(
                        claude(),
                        Calls.chat(
                                """
                                {'model':'m','messages':[
                                 {'role':'system','content':'Be brief.'},
                                 {'role':'developer','content':[{'type':'text','text':'Be kind.',
                                   'cache_control':{'type':'ephemeral','ttl':'1h'}}]},
                                 {'role':'user','content':[{'type':'text','text':'Look'},
                                   {'type':'image_url','image_url':{'url':'data:image/jpg;base64,QUJD'}},
                                   {'type':'file','file':{'filename':'my_plan.v2.pdf',
                                     'file_data':'data:application/pdf;base64,REVG'}},
                                   {'type':'input_audio','input_audio':{'data':'R0hJ','format':'wav'}}]},
                                 {'role':'assistant','content':'','thinking_blocks':[
                                   {'type':'thinking','thinking':'Hm','signature':'sig'},
                                   {'type':'redacted_thinking','data':'xyz'}],
                                  'tool_calls':[{'id':'call_1','type':'function',
                                   'function':{'name':'f','arguments':'{\\'a\\':1.50}'}},
                                  {'id':'call.2','type':'function',
                                   'function':{'name':'g','arguments':''}}]},
                                 {'role':'tool','tool_call_id':'call_1','content':'one'},
                                 {'role':'tool','tool_call_id':'call.2','is_error':true,
                                   'content':[{'type':'text','text':'two'}]},
                                 {'role':'user','content':'Go on'}]}
                                """
                                        .replace("\\'", "\\\"")));
        assertThat(sent.path("system"))
                .isEqualTo(
                        tree(
                                "[{'text':'Be brief.'},{'text':'Be kind.'},"
                                        + "{'cachePoint':{'type':'default','ttl':'1h'}}]"));
        String id = sent.at("/messages/1/content/3/toolUse/toolUseId").asText();
        assertThat(id).matches("tool_[0-9a-f]{32}");
        assertThat(sent.path("messages"))
                .isEqualTo(
                        tree(
                                """
                                [{'role':'user','content':[{'text':'Look'},
                                  {'image':{'format':'jpeg','source':{'bytes':'QUJD'}}},
                                  {'document':{'format':'pdf','name':'my plan v2',
                                    'source':{'bytes':'REVG'}}},
                                  {'audio':{'format':'wav','source':{'bytes':'R0hJ'}}}]},
                                 {'role':'assistant','content':[
                                  {'reasoningContent':{'reasoningText':{'text':'Hm','signature':'sig'}}},
                                  {'reasoningContent':{'redactedContent':'xyz'}},
                                  {'toolUse':{'toolUseId':'call_1','name':'f','input':{'a':1.50}}},
                                  {'toolUse':{'toolUseId':'ID','name':'g','input':{}}}]},
                                 {'role':'user','content':[
                                  {'toolResult':{'toolUseId':'call_1','content':[{'text':'one'}]}},
                                  {'toolResult':{'toolUseId':'ID','content':[{'text':'two'}],
                                    'status':'error'}},
                                  {'text':'Go on'}]}]
                                """
                                        .replace("ID", id)));
    }

    @Test
    void parametersGetConversesNames() {
        JsonNode sent =
                sent(
                        CLAUDE,
                        "'max_completion_tokens':9,'temperature':0.5,'top_p':0.9,'stop':'END',"
                                + "'service_tier':'flex','top_k':7,'user':'u','n':1,'seed':null,"
                                + "'requestMetadata':{'a':'b'},'fallbacks':['x']");
        assertThat(sent.path("inferenceConfig"))
                .isEqualTo(
                        tree(
                                "{'maxTokens':9,'temperature':0.5,'topP':0.9,"
                                        + "'stopSequences':['END']}"));
        assertThat(sent.path("serviceTier")).isEqualTo(tree("{'type':'flex'}"));
        assertThat(sent.path("additionalModelRequestFields")).isEqualTo(tree("{'top_k':7}"));
        assertThat(sent.path("requestMetadata")).isEqualTo(tree("{'a':'b'}"));
        assertThat(sent.properties()).hasSize(5);
    }

    @Test
    void whatBedrockHasNotIsRefusedByName() {
        var call = Calls.chat("{'model':'m'," + HI + ",'seed':1,'logit_bias':{'5':1}}");
        var refused = Calls.refused(claude(), call);
        assertThat(refused.message())
                .contains("does not support parameters: ['seed', 'logit_bias']")
                .contains("drop_params");
        assertThat(refused.param()).isEqualTo("seed");
    }

    @Test
    void whatBedrockHasNotIsDroppedWhereConfigured() {
        var call =
                Calls.chat(
                        "{'model':'m'," + HI + ",'seed':1,'reasoning_effort':'low','top_p':0.5}");
        assertThat(
                        Calls.sent(
                                protocol(
                                        "meta.llama3-1-8b-instruct-v1:0",
                                        new Parameters(true, List.of("top_p"), List.of())),
                                call))
                .isEqualTo(tree("{'messages':[{'role':'user','content':[{'text':'Hi'}]}]}"));
        assertThat(
                        Calls.sent(
                                        protocol(
                                                CLAUDE,
                                                new Parameters(false, List.of(), List.of("seed"))),
                                        call)
                                .at("/additionalModelRequestFields/seed")
                                .asInt())
                .isEqualTo(1);
    }

    @Test
    void eachFamilyThinksInItsOwnWay() {
        String low = "'reasoning_effort':'low'";
        assertThat(sent(CLAUDE, low).path("additionalModelRequestFields"))
                .isEqualTo(tree("{'thinking':{'type':'enabled','budget_tokens':1024}}"));
        assertThat(sent(CLAUDE, low).at("/inferenceConfig/maxTokens").asInt()).isEqualTo(5120);
        assertThat(sent("anthropic.claude-opus-4-6-v1", low).path("additionalModelRequestFields"))
                .isEqualTo(
                        tree("{'thinking':{'type':'adaptive'},'output_config':{'effort':'low'}}"));
        assertThat(sent("amazon.nova-2-lite-v1:0", low).path("additionalModelRequestFields"))
                .isEqualTo(
                        tree("{'reasoningConfig':{'type':'enabled','maxReasoningEffort':'low'}}"));
        assertThat(sent("openai.gpt-oss-120b-1:0", low).path("additionalModelRequestFields"))
                .isEqualTo(tree("{'reasoning_effort':'low'}"));
        assertThat(
                        Calls.refused(
                                        protocol("mistral.x", Parameters.STRICT),
                                        Calls.chat("{'model':'m'," + HI + "," + low + "}"))
                                .param())
                .isEqualTo("reasoning_effort");
    }

    @Test
    void toolsAreChosenAsAsked() {
        String tools =
                "'tools':[{'type':'function','function':{'name':'f','strict':true},"
                        + "'cache_control':{'type':'ephemeral'}}]";
        assertThat(sent(CLAUDE, tools + ",'tool_choice':'required'").path("toolConfig"))
                .isEqualTo(
                        tree(
                                "{'tools':[{'toolSpec':{'name':'f','inputSchema':{'json':"
                                        + "{'type':'object','properties':{}}},'strict':true}},"
                                        + "{'cachePoint':{'type':'default'}}],"
                                        + "'toolChoice':{'any':{}}}"));
        assertThat(
                        sent(
                                        CLAUDE,
                                        tools
                                                + ",'tool_choice':{'type':'function',"
                                                + "'function':{'name':'f'}}")
                                .at("/toolConfig/toolChoice"))
                .isEqualTo(tree("{'tool':{'name':'f'}}"));
        assertThat(sent(CLAUDE, tools + ",'tool_choice':'none'").has("toolConfig")).isFalse();
        JsonNode serial = sent(CLAUDE, tools + ",'parallel_tool_calls':false");
        assertThat(serial.at("/additionalModelRequestFields/tool_choice"))
                .isEqualTo(tree("{'type':'auto','disable_parallel_tool_use':true}"));
        assertThat(serial.at("/toolConfig/toolChoice").isMissingNode()).isTrue();
    }

    @Test
    void whatCannotBeSaidInAMessageIsRefused() {
        for (String content :
                List.of(
                        "[{'type':'image_url','image_url':{'url':'https://example.com/a.png'}}]",
                        "[{'type':'image_url','image_url':{'url':'data:image/tiff;base64,QQ=='}}]",
                        "[{'type':'image_url','image_url':{'url':'data:,'}}]",
                        "[{'type':'hologram'}]",
                        "5")) {
            var call =
                    Calls.chat(
                            "{'model':'m','messages':[{'role':'user','content':" + content + "}]}");
            assertThat(Calls.refused(claude(), call).param()).isEqualTo("messages");
        }
        var call =
                Calls.chat(
                        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'a',"
                                + "'function':{'name':'f','arguments':'{'}}]}]}");
        assertThat(Calls.refused(claude(), call).message()).contains("arguments");
    }

    @Test
    void theOperatorsBoundHolds() {
        var call = Calls.chat("{'model':'m'," + HI + ",'max_tokens':50}");
        var cap = new OutputCap(20, OutputCap.Member.MAX_TOKENS);
        var capped =
                new ModelCall(
                        Endpoint.CHAT_COMPLETIONS, call.body(), call.length(), call.peek(), cap);
        assertThat(Calls.sent(claude(), capped).at("/inferenceConfig/maxTokens").asInt())
                .isEqualTo(20);
    }

    @Test
    void aPlainAnswerKeepsSignaturesDigitsAndCacheCounts() throws UnreadableAnswerException {
        byte[] answer =
                Calls.translation(claude())
                        .answer(
                                """
                                {'output':{'message':{'role':'assistant','content':[
                                  {'reasoningContent':{'reasoningText':{'text':'Hm','signature':'s'}}},
                                  {'reasoningContent':{'redactedContent':'xyz'}},
                                  {'text':'Grüße'},{'newBlock':{}},
                                  {'toolUse':{'toolUseId':'t1','name':'f','input':{'a':1.10}}}]}},
                                 'stopReason':'tool_use','usage':{'inputTokens':3,'outputTokens':4,
                                  'cacheReadInputTokens':5,'cacheWriteInputTokens':6}}
                                """
                                        .replace('\'', '"')
                                        .getBytes(UTF_8));
        JsonNode choice = Exchanges.tree(new String(answer, UTF_8)).at("/choices/0");
        assertThat(choice.at("/message/content").asText()).isEqualTo("Grüße");
        assertThat(choice.at("/message/reasoning_content").asText()).isEqualTo("Hm");
        assertThat(choice.at("/message/thinking_blocks"))
                .isEqualTo(
                        tree(
                                "[{'type':'thinking','thinking':'Hm','signature':'s'},"
                                        + "{'type':'redacted_thinking','data':'xyz'}]"));
        assertThat(choice.at("/message/tool_calls/0/function/arguments").asText())
                .isEqualTo("{\"a\":1.10}");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        var usage = Calls.usage(answer);
        assertThat(usage).isNotNull();
        if (usage != null) {
            assertThat(usage.promptTokens()).isEqualTo(14);
            assertThat(usage.cachedRead()).isEqualTo(5);
            assertThat(usage.cacheWrite5m()).isEqualTo(6);
        }
    }

    @Test
    void whatIsNoAnswerIsUnreadable() {
        for (String body : List.of("", "[]", "{}", "{\"output\":{\"message\":{\"content\":1}}}")) {
            assertThatThrownBy(() -> Calls.translation(claude()).answer(body.getBytes(UTF_8)))
                    .isInstanceOf(UnreadableAnswerException.class);
        }
    }

    private static String streamed(byte[] bytes) throws IOException {
        return new String(
                Exchanges.readAll(
                        Calls.translation(claude()).stream(
                                Exchanges.pieces(bytes, bytes.length, 11))),
                UTF_8);
    }

    @Test
    void parallelCallsOfAStreamKeepTheirArguments() throws IOException {
        String events =
                streamed(
                        new EventFrames()
                                .event("messageStart", "{\"role\":\"assistant\"}")
                                .event(
                                        "contentBlockDelta",
                                        "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"Hm\"}}}")
                                .event(
                                        "contentBlockDelta",
                                        "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"signature\":\"s\"}}}")
                                .event("contentBlockStop", "{\"contentBlockIndex\":0}")
                                .event(
                                        "contentBlockStart",
                                        "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}")
                                .event(
                                        "contentBlockStart",
                                        "{\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}")
                                .event(
                                        "contentBlockDelta",
                                        "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"{\\\"x\\\":\"}}}")
                                .event("somethingNew", "{}")
                                .event(
                                        "contentBlockDelta",
                                        "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"1}\"}}}")
                                .event("contentBlockStop", "{\"contentBlockIndex\":1}")
                                .event("contentBlockStop", "{\"contentBlockIndex\":2}")
                                .event("messageStop", "{\"stopReason\":\"tool_use\"}")
                                .event(
                                        "metadata",
                                        "{\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}")
                                .bytes());
        assertThat(events).contains("\"signature\":\"s\"").endsWith("data: [DONE]\n\n");
        JsonNode message =
                Exchanges.tree(new String(Calls.plain(events.getBytes(UTF_8)), UTF_8))
                        .at("/choices/0/message");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hm");
        assertThat(message.at("/tool_calls/0/function/arguments").asText()).isEqualTo("{\"x\":1}");
        assertThat(message.at("/tool_calls/1/id").asText()).isEqualTo("b");
        assertThat(message.at("/tool_calls/1/function/arguments").asText()).isEqualTo("{}");
    }

    @Test
    void anExceptionWithinAStreamEndsItAsOpenAisErrorDoes() throws IOException {
        String events =
                streamed(
                        new EventFrames()
                                .event("contentBlockDelta", "{\"delta\":{\"text\":\"So\"}}")
                                .exception("throttlingException", "{\"message\":\"Slow down\"}")
                                .bytes());
        assertThat(events)
                .contains("\"content\":\"So\"")
                .endsWith(
                        "data: {\"error\":{\"message\":\"Slow down\",\"type\":\"rate_limit_error\","
                                + "\"param\":null,\"code\":\"rate_limit_exceeded\"}}\n\n");
        String error =
                streamed(
                        new EventFrames()
                                .frame(
                                        EventFrames.headers(
                                                ":message-type",
                                                "error",
                                                ":error-code",
                                                "InternalError",
                                                ":error-message",
                                                "Oh"),
                                        new byte[0])
                                .bytes());
        assertThat(error).contains("\"message\":\"Oh\",\"type\":\"api_error\"");
    }

    @Test
    void aStreamThatCannotBeReadEndsWithAnError() throws IOException {
        byte[] good = new EventFrames().event("messageStart", "{}").bytes();
        byte[] bad = good.clone();
        bad[bad.length - 1] ^= 1;
        byte[] noJson = new EventFrames().event("messageStart", "no").bytes();
        byte[] noType = new EventFrames().frame(new byte[0], new byte[0]).bytes();
        for (byte[] bytes :
                List.of(bad, noJson, noType, "HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8))) {
            assertThat(streamed(bytes))
                    .contains("The provider's answer cannot be read.")
                    .doesNotContain("[DONE]");
        }
    }

    @Test
    void errorsBecomeOpenAisClasses() {
        record Case(int status, String type, String body, int expected, String code) {}
        for (Case one :
                List.of(
                        new Case(
                                400,
                                "",
                                "{'__type':'a.b#ValidationException','Message':'Input is too long for requested model.'}",
                                400,
                                "context_length_exceeded"),
                        new Case(424, "ModelErrorException", "{'message':'x'}", 502, "502"),
                        new Case(408, "ModelTimeoutException", "{}", 408, "408"),
                        new Case(503, "ServiceUnavailableException", "<html>", 503, "503"),
                        new Case(429, "ModelNotReadyException", "", 429, "rate_limit_exceeded"),
                        new Case(
                                404,
                                "ResourceNotFoundException",
                                "{'message':'x'}",
                                404,
                                "model_not_found"),
                        new Case(200, "", "{}", 502, "502"))) {
            ProviderFailure failure =
                    Calls.translation(claude())
                            .failure(
                                    one.status(),
                                    name ->
                                            name.equals("x-amzn-errortype") && !one.type().isEmpty()
                                                    ? one.type()
                                                    : null,
                                    one.body().replace('\'', '"').getBytes(UTF_8));
            assertThat(failure.status()).as(one.toString()).isEqualTo(one.expected());
            assertThat(Exchanges.tree(new String(failure.body(), UTF_8)).at("/error/code").asText())
                    .isEqualTo(one.code());
        }
    }

    @Test
    void aConfigThatCannotBeFollowedNamesItsKey() {
        for (Map<String, Object> extra :
                List.<Map<String, Object>>of(
                        Map.of("aws_role_name", "arn:aws:iam::1:role/x"),
                        Map.of("aws_region_name", "nowhere/else"))) {
            var settings =
                    new ProtocolSettings(
                            "bedrock",
                            CLAUDE,
                            null,
                            null,
                            null,
                            null,
                            Parameters.STRICT,
                            Map.of(),
                            Map.of(),
                            extra,
                            _ -> null);
            assertThatThrownBy(() -> BedrockProtocol.of(settings))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(extra.keySet().iterator().next());
        }
        var withoutKeys =
                new ProtocolSettings(
                        "bedrock",
                        CLAUDE,
                        null,
                        null,
                        null,
                        null,
                        Parameters.STRICT,
                        Map.of(),
                        Map.of(),
                        Map.of("aws_secret_access_key", new Secret("hush")),
                        _ -> null);
        assertThatThrownBy(() -> BedrockProtocol.of(withoutKeys))
                .hasMessageContaining("aws_access_key_id")
                .hasMessageNotContaining("hush");
    }
}
