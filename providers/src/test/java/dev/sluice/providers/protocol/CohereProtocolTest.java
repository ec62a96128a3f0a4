package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/** OpenAI's requests become Cohere's and Voyage's, and what they say becomes OpenAI's. */
class CohereProtocolTest {

    private static final CohereProtocol COHERE =
            CohereProtocol.of(Calls.settings("cohere", "command-a", Parameters.STRICT));
    private static final VoyageProtocol VOYAGE =
            VoyageProtocol.of(Calls.settings("voyage", "voyage-3", Parameters.STRICT));
    private static final String HI = "'messages':[{'role':'user','content':'Hi'}]";

    private static JsonNode tree(String json) {
        return Exchanges.tree(json.replace('\'', '"'));
    }

    private static ModelCall embedding(String json) {
        return Calls.call(Endpoint.EMBEDDINGS, tree(json));
    }

    @Test
    void aConversationKeepsItsMessagesToolsAndArguments() {
        JsonNode sent =
                Calls.sent(
                        COHERE,
                        Calls.chat(
                                """
                                {'model':'m','max_completion_tokens':5,'top_p':0.5,'stop':['a'],'seed':1,
                                 'tool_choice':'required','reasoning_effort':'low','safety_mode':'OFF',
                                 'response_format':{'type':'json_schema','json_schema':{'schema':{'type':'object'}}},
                                 'tools':[{'type':'function','function':{'name':'f','strict':true,
                                   'parameters':{'type':'object'}}}],
                                 'messages':[{'role':'developer','content':'Be brief.'},
                                 {'role':'user','content':[{'type':'text','text':'Hi','cache_control':{}}]},
                                 {'role':'assistant','content':'','tool_plan':'I will','tool_calls':[{'id':'c',
                                   'type':'function','function':{'name':'f','arguments':'{}'}}]},
                                 {'role':'tool','tool_call_id':'c','content':'done'}]}
                                """));
        assertThat(sent)
                .isEqualTo(
                        tree(
                                """
                                {'model':'command-a','messages':[{'role':'system','content':'Be brief.'},
                                 {'role':'user','content':[{'type':'text','text':'Hi'}]},
                                 {'role':'assistant','tool_plan':'I will','tool_calls':[{'id':'c',
                                   'type':'function','function':{'name':'f','arguments':'{}'}}]},
                                 {'role':'tool','content':'done','tool_call_id':'c'}],
                                 'max_tokens':5,'p':0.5,'stop_sequences':['a'],'seed':1,
                                 'tool_choice':'REQUIRED','strict_tools':true,'safety_mode':'OFF',
                                 'thinking':{'type':'enabled','token_budget':1024},
                                 'response_format':{'type':'json_object','json_schema':{'type':'object'}},
                                 'tools':[{'type':'function','function':{'name':'f',
                                   'parameters':{'type':'object'}}}]}
                                """));
    }

    @Test
    void whatCohereHasNotIsRefusedByName() {
        String tools = ",'tools':[{'type':'function','function':{'name':'f'}}]";
        for (String[] one :
                new String[][] {
                    {",'n':2", "n"},
                    {",'logprobs':true", "logprobs"},
                    {
                        tools + ",'tool_choice':{'type':'function','function':{'name':'f'}}",
                        "tool_choice"
                    },
                    {tools + ",'parallel_tool_calls':false", "parallel_tool_calls"},
                    {",'tools':[{'type':'web_search'}]", "tools"}
                }) {
            var call = Calls.chat("{'model':'m'," + HI + one[0] + "}");
            assertThat(Calls.refused(COHERE, call).param()).isEqualTo(one[1]);
        }
    }

    private static String streamed(String events) throws IOException {
        byte[] bytes = events.replace('\'', '"').getBytes(UTF_8);
        return new String(
                Exchanges.readAll(
                        Calls.translation(COHERE).stream(Exchanges.pieces(bytes, bytes.length, 3))),
                UTF_8);
    }

    @Test
    void aStreamOfToolCallsKeepsTheirArguments() throws IOException {
        String events =
                streamed(
                        """
                        data: {'type':'message-start','id':'x1','delta':{'message':{'role':'assistant'}}}

                        data: {'type':'tool-plan-delta','delta':{'message':{'tool_plan':'I will'}}}

                        data: {'type':'tool-call-start','index':0,'delta':{'message':{'tool_calls':{'id':'a','type':'function','function':{'name':'f','arguments':''}}}}}

                        data: {'type':'tool-call-delta','index':0,'delta':{'message':{'tool_calls':{'function':{'arguments':'{}'}}}}}

                        data: {'type':'tool-call-end','index':0}

                        data: {'type':'tool-call-start','index':1,'delta':{'message':{'tool_calls':{'id':'b','type':'function','function':{'name':'g','arguments':''}}}}}

                        data: {'type':'tool-call-end','index':1}

                        data: {'type':'message-end','delta':{'finish_reason':'TOOL_CALL','usage':{'billed_units':{'input_tokens':3,'output_tokens':4}}}}

                        data: [DONE]

                        """);
        assertThat(events).contains("\"tool_plan\":\"I will\"").endsWith("data: [DONE]\n\n");
        byte[] plain = Calls.plain(events.getBytes(UTF_8));
        JsonNode answer = Exchanges.tree(new String(plain, UTF_8));
        assertThat(answer.path("id").asText()).isEqualTo("x1");
        JsonNode calls = answer.at("/choices/0/message/tool_calls");
        assertThat(calls.at("/0/function/arguments").asText()).isEqualTo("{}");
        assertThat(calls.at("/1/id").asText()).isEqualTo("b");
        assertThat(calls.at("/1/function/arguments").asText()).isEqualTo("{}");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    }

    @Test
    void aStreamThatFailsEndsWithTheProvidersWord() throws IOException {
        assertThat(
                        streamed(
                                "data: {'type':'message-end','delta':{'finish_reason':'ERROR',"
                                        + "'error':'out of luck'}}\n\n"))
                .contains("\"message\":\"out of luck\",\"type\":\"api_error\"")
                .doesNotContain("[DONE]");
        assertThat(streamed("data: nonsense\n\ndata: {}\n\n"))
                .contains("cannot be read")
                .doesNotContain("[DONE]");
        assertThatThrownBy(() -> streamed("data: {'type':'mess")).isInstanceOf(EOFException.class);
    }

    @Test
    void whatIsNoAnswerIsUnreadable() {
        for (String body :
                List.of("", "{}", "{'message':{'content':[]},'finish_reason':'ERROR'}")) {
            assertThatThrownBy(() ->
                            Calls.translation(COHERE)
                                    .answer(body.replace('\'', '"').getBytes(UTF_8)))
                    .isInstanceOf(UnreadableAnswerException.class);
        }
    }

    @Test
    void aPromptThatTheFilterBlocksIsAContentFilterError() {
        ProviderFailure failure =
                Calls.translation(COHERE)
                        .failure(498, _ -> null, "{\"message\":\"blocked\"}".getBytes(UTF_8));
        assertThat(failure.status()).isEqualTo(400);
        assertThat(new String(failure.body(), UTF_8)).contains("\"code\":\"content_filter\"");
    }

    @Test
    void embeddingsOfCohereKeepOrderAndDigits() throws UnreadableAnswerException {
        var call =
                embedding(
                        "{'model':'m','input':['a','b'],'dimensions':256,'input_type':'search_query'}");
        var ready = Calls.ready(COHERE, call);
        assertThat(Calls.sent(COHERE, call))
                .isEqualTo(
                        tree(
                                "{'model':'command-a','texts':['a','b'],"
                                        + "'input_type':'search_query','embedding_types':['float'],"
                                        + "'output_dimension':256}"));
        byte[] answer =
                ready.translation()
                        .answer(
                                ("{\"embeddings\":{\"float\":[[0.10,-2],[3e-5]]},"
                                                + "\"meta\":{\"billed_units\":{\"input_tokens\":7}}}")
                                        .getBytes(UTF_8));
        assertThat(new String(answer, UTF_8))
                .isEqualTo(
                        ("{'object':'list','data':["
                                        + "{'object':'embedding','index':0,'embedding':[0.10,-2]},"
                                        + "{'object':'embedding','index':1,'embedding':[0.00003]}],"
                                        + "'model':'command-a',"
                                        + "'usage':{'prompt_tokens':7,'total_tokens':7}}")
                                .replace('\'', '"'));
        var tokens = embedding("{'model':'m','input':[[1,2]]}");
        assertThat(Calls.refused(COHERE, tokens).param()).isEqualTo("input");
    }

    @Test
    void embeddingsOfVoyageGetTheirPromptTokens() throws UnreadableAnswerException {
        var call =
                embedding(
                        "{'model':'m','input':'a','dimensions':8,'encoding_format':'float','user':'u'}");
        assertThat(Calls.sent(VOYAGE, call))
                .isEqualTo(tree("{'model':'voyage-3','input':'a','output_dimension':8}"));
        byte[] answer =
                Calls.ready(VOYAGE, call)
                        .translation()
                        .answer(
                                ("{\"object\":\"list\",\"data\":[],\"model\":\"voyage-3\","
                                                + "\"usage\":{\"total_tokens\":4}}")
                                        .getBytes(UTF_8));
        assertThat(Exchanges.tree(new String(answer, UTF_8)).at("/usage/prompt_tokens").asInt())
                .isEqualTo(4);
        ProviderFailure failure =
                Calls.ready(VOYAGE, call)
                        .translation()
                        .failure(
                                429,
                                name -> name.equals("retry-after") ? "2" : null,
                                "{\"detail\":\"slow\"}".getBytes(UTF_8));
        assertThat(failure.retryAfterSeconds()).isEqualTo(2);
        assertThat(new String(failure.body(), UTF_8)).contains("rate_limit_error").contains("slow");
    }
}
