package dev.sluice.providers.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests to Responses as chats. */
class ServedRequestTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"input":"hi"} | {"messages":[{"role":"user","content":"hi"}]}
                    {"input":"hi","instructions":"be short"} | {"messages":[{"role":"system","content":"be short"},{"role":"user","content":"hi"}]}
                    {"input":[{"role":"developer","content":"x"},{"type":"message","role":"user","content":[{"type":"input_text","text":"y"}]}]} | {"messages":[{"role":"system","content":"x"},{"role":"user","content":"y"}]}
                    {"input":[{"role":"user","content":[{"type":"input_text","text":"y"},{"type":"input_image","image_url":"data:x","detail":"low"}]}]} | {"messages":[{"role":"user","content":[{"type":"text","text":"y"},{"type":"image_url","image_url":{"url":"data:x","detail":"low"}}]}]}
                    {"input":[{"role":"user","content":[{"type":"input_file","file_data":"data:x","filename":"a.pdf"}]}]} | {"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:x","filename":"a.pdf"}}]}]}
                    {"input":"x","max_output_tokens":7,"temperature":0.5,"top_p":0.9,"user":"u","service_tier":"flex","store":true,"truncation":"auto","metadata":{"a":"b"}} | {"messages":[{"role":"user","content":"x"}],"max_tokens":7,"temperature":0.5,"top_p":0.9,"user":"u","service_tier":"flex"}
                    {"input":"x","metadata":{"tags":["t"]},"cache":{"no-store":true},"seed":3} | {"messages":[{"role":"user","content":"x"}],"metadata":{"tags":["t"]},"cache":{"no-store":true},"seed":3}
                    {"input":"x","stream":true,"stream_options":{"include_obfuscation":false}} | {"messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}
                    {"input":"x","reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_object"},"verbosity":"low"}} | {"messages":[{"role":"user","content":"x"}],"reasoning_effort":"low","response_format":{"type":"json_object"},"verbosity":"low"}
                    {"input":"x","text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}},"verbosity":"medium"}} | {"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}}
                    {"input":"x","tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"function","name":"g","parameters":null,"strict":false}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false} | {"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}
                    {"input":"x","tools":[],"tool_choice":"auto","parallel_tool_calls":true} | {"messages":[{"role":"user","content":"x"}]}
                    {"input":[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]} | {"messages":[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]}
                    {"input":[{"type":"reasoning","summary":[]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]},{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"reasoning","summary":[]},{"type":"function_call","call_id":"2","name":"g","arguments":""},{"type":"function_call_output","call_id":"1","output":"r"},{"type":"function_call_output","call_id":"2","output":[{"type":"input_text","text":"s"}]}]} | {"messages":[{"role":"assistant","content":"a","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"},{"role":"tool","tool_call_id":"2","content":"s"}]}
                    """)
    void requestsBecomeChats(String asked, String chat) throws Exception {
        assertThat(Served.chat(Served.tree(asked))).isEqualTo(Served.tree(chat));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {} | input
                    {"input":7} | input
                    {"input":[]} | input
                    {"input":"x","previous_response_id":"resp_1"} | previous_response_id
                    {"input":"x","conversation":"conv_1"} | conversation
                    {"input":"x","background":true} | background
                    {"input":"x","prompt":{"id":"p"}} | prompt
                    {"input":"x","top_logprobs":2} | top_logprobs
                    {"input":"x","include":["message.output_text.logprobs"]} | include
                    {"input":"x","n":2} | n
                    {"input":"x","messages":[]} | messages
                    {"input":"x","stream":"yes"} | stream
                    {"input":"x","max_output_tokens":"many"} | max_output_tokens
                    {"input":"x","max_output_tokens":0} | max_output_tokens
                    {"input":"x","instructions":7} | instructions
                    {"input":"x","text":"plain"} | text
                    {"input":"x","text":{"format":{"type":"grammar"}}} | text.format.type
                    {"input":"x","tools":{}} | tools
                    {"input":"x","tools":[{"type":"web_search"}]} | tools[0].type
                    {"input":"x","tools":[{"type":"function","name":"f"},{"type":"file_search"}]} | tools[1].type
                    {"input":"x","tools":[{"type":"computer_use_preview"}]} | tools[0].type
                    {"input":"x","tools":[{"type":"function"}]} | tools[0].name
                    {"input":"x","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"web_search"}} | tool_choice
                    {"input":["x"]} | input[0].type
                    {"input":[{"type":"item_reference","id":"x"}]} | input[0].type
                    {"input":[{"role":"user","content":"x"},{"type":"web_search_call"}]} | input[1].type
                    {"input":[{"role":"dog","content":"x"}]} | input[0].role
                    {"input":[{"role":"user"}]} | input[0].content
                    {"input":[{"role":"user","content":[{"type":"x"}]}]} | input[0].content[0].type
                    {"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]} | input[0].content[0].image_url
                    {"input":[{"role":"user","content":[{"type":"input_file","file_url":"f"}]}]} | input[0].content[0].file_url
                    {"input":[{"type":"function_call","name":"f","arguments":"{}"}]} | input[0].call_id
                    {"input":[{"type":"function_call_output","output":"f"}]} | input[0].call_id
                    """)
    void whatAChatCannotDoIsRefusedByName(String asked, String param) {
        assertThatThrownBy(() -> Served.chat(Served.tree(asked)))
                .asInstanceOf(type(UnsupportedRequestException.class))
                .satisfies(refusal -> assertThat(refusal.param()).isEqualTo(param))
                .satisfies(refusal -> assertThat(refusal.problem()).contains(param));
    }

    @Test
    void aBuiltInToolIsNamedAndAnUnknownOneIsNot() {
        assertThatThrownBy(() -> Served.chat(toolOf("web_search"))).hasMessageContaining("web_");
        assertThatThrownBy(() -> Served.chat(toolOf("sk-secret")))
                .message()
                .doesNotContain("secret");
    }

    private static ObjectNode toolOf(String type) {
        return Served.tree("{\"input\":\"x\",\"tools\":[{\"type\":\"%s\"}]}".formatted(type));
    }

    @Test
    void sealedThoughtsGoBackToAClaudeOnly() throws Exception {
        ObjectNode completion =
                Served.tree(
                        """
                        {"id":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{
                          "reasoning_content":"hm","tool_calls":[
                            {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],
                          "thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"},
                            {"type":"redacted_thinking","data":"d"}]}}]}\
                        """);
        var frame = Served.frame("{\"input\":\"x\",\"include\":[\"reasoning.encrypted_content\"]}");
        ObjectNode asked = JsonTrees.MAPPER.createObjectNode();
        asked.set("input", Served.plain(completion, frame).path("output"));

        assertThat(Served.chatOfClaude(asked).at("/messages/0/thinking_blocks"))
                .isEqualTo(completion.at("/choices/0/message/thinking_blocks"));
        assertThat(Served.chat(asked).at("/messages/0").has("thinking_blocks")).isFalse();
        assertThat(Served.chat(asked).at("/messages/0/tool_calls"))
                .isEqualTo(completion.at("/choices/0/message/tool_calls"));
    }

    @Test
    void nobodyElsesEncryptedThoughtsAreRead() throws Exception {
        ObjectNode asked =
                Served.tree(
                        """
                        {"input":[{"type":"reasoning","encrypted_content":"gAAAA"},
                          {"type":"reasoning","encrypted_content":"sluice-thoughts-1.{"},
                          {"role":"assistant","content":"a"}]}\
                        """);

        assertThat(Served.chatOfClaude(asked).path("messages").toString())
                .isEqualTo("[{\"role\":\"assistant\",\"content\":\"a\"}]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomConversationsKeepTheirWordsCallsAndResults(int seed) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            ObjectNode asked = JsonTrees.MAPPER.createObjectNode();
            List<String> told = new ArrayList<>();
            ArrayNode input = asked.putArray("input");
            int turns = 1 + random.nextInt(8);
            for (int turn = 0; turn < turns; turn++) {
                addTurn(input, told, random);
            }

            assertThat(readBack(Served.chat(asked).path("messages"))).isEqualTo(told);
        }
    }

    /** What a user says, what the model thinks, says and calls, and what came of the calls. */
    private static void addTurn(ArrayNode input, List<String> told, Random random) {
        String word = word(random);
        ObjectNode user = input.addObject().put("role", "user");
        if (random.nextBoolean()) {
            user.put("content", word);
        } else {
            user.putArray("content").addObject().put("type", "input_text").put("text", word);
        }
        told.add("user " + word);
        if (random.nextBoolean()) {
            input.addObject().put("type", "reasoning").putArray("summary");
        }
        if (random.nextBoolean()) {
            String said = word(random);
            ObjectNode message = input.addObject().put("type", "message").put("role", "assistant");
            message.putArray("content")
                    .addObject()
                    .put("type", "output_text")
                    .put("text", said)
                    .putArray("annotations");
            told.add("assistant " + said);
        }
        int calls = random.nextInt(3);
        for (int i = 0; i < calls; i++) {
            String arguments = "{\"%s\":%d}".formatted(word(random), random.nextInt());
            ObjectNode call = input.addObject().put("type", "function_call");
            call.put("call_id", "call_" + i).put("name", "f" + i).put("arguments", arguments);
            told.add("call call_%d f%d %s".formatted(i, i, arguments));
        }
        for (int i = 0; i < calls; i++) {
            String result = word(random);
            input.addObject()
                    .put("type", "function_call_output")
                    .put("call_id", "call_" + i)
                    .put("output", result);
            told.add("tool call_%d %s".formatted(i, result));
        }
    }

    /** Also that results follow their calls at once, as chats demand. */
    private static List<String> readBack(JsonNode messages) {
        List<String> told = new ArrayList<>();
        int open = 0;
        for (JsonNode message : messages) {
            String role = message.path("role").asText();
            assertThat(role.equals("tool")).isEqualTo(open > 0);
            if (role.equals("tool")) {
                open--;
                told.add(
                        "tool %s %s"
                                .formatted(
                                        message.path("tool_call_id").asText(),
                                        message.path("content").asText()));
                continue;
            }
            if (message.hasNonNull("content")) {
                told.add(role + " " + message.path("content").asText());
            }
            for (JsonNode call : message.path("tool_calls")) {
                open++;
                told.add(
                        "call %s %s %s"
                                .formatted(
                                        call.path("id").asText(),
                                        call.at("/function/name").asText(),
                                        call.at("/function/arguments").asText()));
            }
        }
        assertThat(open).isZero();
        return told;
    }

    private static String word(Random random) {
        int length = 1 + random.nextInt(12);
        return random.ints(length, 0, 6)
                .mapToObj(at -> List.of("a", "é", "\uD83D\uDE00", " x", "\\\\n", "7").get(at))
                .reduce("", String::concat);
    }
}
