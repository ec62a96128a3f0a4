package dev.sluice.providers.counting;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against figures of tiktoken and of OpenAI's cookbook. */
class TokenCounterTest {

    private final TokenCounter counter = new TokenCounter();

    @ParameterizedTest
    @CsvSource({
        "gpt-4, antidisestablishmentarianism, 6",
        "gpt-4o, antidisestablishmentarianism, 6",
        "gpt-3.5-turbo, tiktoken is great!, 6",
        "gpt-4, 2 + 2 = 4, 7",
        "gpt-4, お誕生日おめでとう, 9",
        "gpt-4o, お誕生日おめでとう, 8",
        "openai/gpt-5-mini, 2 + 2 = 4, 7",
        "claude-sonnet-4-5, 2 + 2 = 4, 3",
        "claude-sonnet-4-5, '', 0"
    })
    void countsAsTheModelDoes(String model, String text, long tokens) {
        assertThat(counter.text(model, text)).isEqualTo(tokens);
    }

    /** The example of the cookbook: the API itself said 129 and 124. */
    @ParameterizedTest
    @CsvSource({"gpt-3.5-turbo, 129", "gpt-4-0613, 129", "gpt-4o, 124", "gpt-4o-mini, 124"})
    void countsMessagesAsTheApiDoes(String model, long tokens) {
        assertThat(counter.chat(model, tree(COOKBOOK))).isEqualTo(tokens);
    }

    @Test
    void countsPartsAndCallsAndTools() {
        ObjectNode plain = request("{'messages':[{'role':'user','content':'abc def'}]}");
        ObjectNode parts =
                request(
                        "{'messages':[{'role':'user','content':[{'type':'text','text':'abc def'},{'type':'image_url','image_url':{'url':'data:x'}}]}]}");
        ObjectNode tools = plain.deepCopy();
        tools.set("tools", request("{'a':[{'type':'function'}]}").get("a"));
        ObjectNode calls =
                request(
                        "{'messages':[{'role':'assistant','content':null,'tool_calls':[{'function':{'name':'f','arguments':'{}'}}]}]}");

        assertThat(counter.chat("gpt-4o", parts)).isEqualTo(counter.chat("gpt-4o", plain));
        assertThat(counter.chat("gpt-4o", tools)).isGreaterThan(counter.chat("gpt-4o", plain));
        assertThat(counter.chat("gpt-4o", calls)).isEqualTo(3 + 3 + 1 + 1 + 1);
    }

    @Test
    void countsTheBeginningOfWhatIsVeryLongAndTheRestInProportion() {
        String long1 = "word ".repeat(400_000);

        assertThat(counter.text("gpt-4o", long1)).isBetween(399_000L, 401_000L);
        assertThat(counter.text("gpt-4o", "x".repeat(2_000_000))).isPositive();
    }

    private static ObjectNode request(String json) {
        return tree(json.replace('\'', '"'));
    }

    private static ObjectNode tree(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        return JsonTrees.object(bytes, 0, bytes.length).orElseThrow();
    }

    private static final String COOKBOOK =
            """
            {"messages":[
            {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
            {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
            {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
            {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
            {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
            {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}
            ]}\
            """;
}
