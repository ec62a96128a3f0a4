package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.Endpoint;

import org.junit.jupiter.api.Test;

/** What a call is taken to be where its provider is silent about it. */
class CallSizeTest {

    private static final TokenCounter COUNTER = new TokenCounter();

    @Test
    void countsAsTheModelDoesWhereThatIsKnown() {
        CallSize size =
                size(
                        Endpoint.CHAT_COMPLETIONS,
                        "{'messages':[{'role':'user','content':'2 + 2 = 4'}]}",
                        400);

        assertThat(size.prompt("gpt-4o")).isEqualTo(3 + 3 + 1 + 7);
        assertThat(
                        size.answer(
                                "gpt-4o",
                                bytes("{'choices':[{'message':{'content':'2 + 2 = 4'}}]}")))
                .isEqualTo(7);
    }

    @Test
    void takesFourBytesForATokenElsewhere() {
        CallSize size = size(Endpoint.CHAT_COMPLETIONS, "{'messages':[]}", 401);

        assertThat(size.prompt("mistral-large")).isEqualTo(101);
        assertThat(size.answer("mistral-large", new byte[41])).isEqualTo(10);
    }

    @Test
    void countsInputsOfEveryForm() {
        assertThat(size(Endpoint.EMBEDDINGS, "{'input':'2 + 2 = 4'}", 8).prompt("gpt-4o"))
                .isEqualTo(7);
        assertThat(size(Endpoint.EMBEDDINGS, "{'input':['2 + 2 = 4','a']}", 8).prompt("gpt-4o"))
                .isEqualTo(8);
        assertThat(size(Endpoint.EMBEDDINGS, "{'input':[[1,2,3],[4]]}", 8).prompt("gpt-4o"))
                .isEqualTo(4);
        assertThat(size(Endpoint.EMBEDDINGS, "{'input':[1,2,3]}", 8).answer("gpt-4o", bytes("{}")))
                .isZero();
        assertThat(size(Endpoint.COMPLETIONS, "{'prompt':'2 + 2 = 4'}", 8).prompt("gpt-4o"))
                .isEqualTo(7);
    }

    @Test
    void countsWhatIsSaidInResponses() {
        CallSize size =
                size(
                        Endpoint.RESPONSES,
                        """
                        {'model':'gpt-4o','instructions':'2 + 2 = 4','input':[
                         {'role':'user','content':[{'type':'input_text','text':'2 + 2 = 4'},
                          {'type':'input_image','image_url':'data:image/png;base64,AAAAAAAAAAAA'}]},
                         {'type':'function_call_output','call_id':'c','output':'2 + 2 = 4'}]}
                        """,
                        400);

        assertThat(size.prompt("gpt-4o")).isEqualTo(3 * 7);
        assertThat(size(Endpoint.RESPONSES, "{'input':'2 + 2 = 4'}", 8).prompt("gpt-4o"))
                .isEqualTo(7);
        assertThat(
                        size.answer(
                                "gpt-4o",
                                bytes(
                                        """
                                        {'output':[
                                         {'type':'message','content':[{'text':'2 + 2 = 4'}]},
                                         {'type':'function_call','name':'a','arguments':'a'}]}
                                        """)))
                .isEqualTo(7 + 2);
        assertThat(size.answer("mistral-large", new byte[41])).isEqualTo(10);
    }

    private static CallSize size(Endpoint endpoint, String body, int promptBytes) {
        byte[] bytes = bytes(body);
        return new CallSize(COUNTER, endpoint, bytes, bytes.length, promptBytes);
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(UTF_8);
    }
}
