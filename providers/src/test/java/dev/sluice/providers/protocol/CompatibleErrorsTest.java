package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors of those who speak OpenAI's wire, in whatever form, have OpenAI's form. */
class CompatibleErrorsTest {

    private static String told(int status, String json) {
        byte[] body = json.replace('\'', '"').getBytes(UTF_8);
        return new String(CompatibleErrors.of(status, body), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ 'error' : {'message':'No.','type':'invalid_request_error','param':'n','code':'x'} }",
                "{'error':{'message':'No.','type':'insufficient_quota','param':null,'code':null}}",
                "{'error':{'message':'No.','type':'tokens','code':'rate_limit_exceeded'},'more':1.50}",
            })
    void whatIsOpenAisFormAlreadyStaysAsItIs(String json) {
        assertThat(told(429, json)).isEqualTo(json.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400|{'error':{'message':'No.','code':400}}|invalid_request_error|400",
                "404|{'error':{'message':'No.','code':404}}|invalid_request_error|model_not_found",
                "429|{'error':{'message':'No.','code':'RateLimitReached'}}|rate_limit_error|RateLimitReached",
                "400|{'error':{'message':'No.','type':null,'code':'content_filter'}}|invalid_request_error|content_filter",
                "400|{'error':'No.','code':'invalid-argument'}|invalid_request_error|invalid-argument",
                "503|{'error':'No.'}|api_error|503",
                "401|{'detail':'No.'}|authentication_error|invalid_api_key",
                "422|{'detail':[{'loc':['body'],'msg':'No.'}]}|invalid_request_error|422",
                "400|{'object':'error','message':'No.','type':'invalid_model','code':'1500'}|invalid_model|1500",
                "422|{'object':'error','message':{'detail':[{'msg':'No.'}]},'type':'x'}|x|422",
            })
    void whatIsMissingOrElsewhereIsFilledIn(int status, String json, String type, String code)
            throws Exception {
        JsonNode error = Exchanges.tree(told(status, json)).path("error");
        assertThat(error.path("message").asText()).isEqualTo("No.");
        assertThat(error.path("type").textValue()).isEqualTo(type);
        assertThat(error.path("code").textValue()).isEqualTo(code);
        assertThat(error.has("param")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'error':{'message':'The maximum context length is 9 tokens.','code':400}}",
                "{'error':{'message':'The Maximum Context Length is 9.','type':'t','code':null}}",
                "{'error':{'message':'The maximum context length is 9.','type':'t','code':'t'}}",
                "{'object':'error','message':'The prompt is too long.','code':'3051'}",
                "{'error':'Your input exceeds the context window of this model.'}",
            })
    void aPromptThatIsTooLongHasTheCodeThatClientsTest(String json) {
        assertThat(Exchanges.tree(told(400, json)).at("/error/code").asText())
                .isEqualTo("context_length_exceeded");
    }

    @Test
    void aCodeThatSaysMoreIsKept() {
        String json =
                "{'error':{'message':'maximum context length','type':'t','code':'string_above_max'}}";
        assertThat(Exchanges.tree(told(400, json)).at("/error/code").asText())
                .isEqualTo("string_above_max");
        assertThat(
                        Exchanges.tree(told(500, json.replace("'string_above_max'", "5")))
                                .at("/error/code")
                                .asText())
                .isEqualTo("500");
    }

    @Test
    void whatTheProviderSaysBesidesStays() {
        String json = "{'error':{'message':'No.','code':1,'innererror':{'a':[1]}},'user_id':'u'}";
        JsonNode told = Exchanges.tree(told(400, json));
        assertThat(told.at("/error/innererror/a/0").asInt()).isEqualTo(1);
        assertThat(told.path("user_id").asText()).isEqualTo("u");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no", "[]", "{}", "{'error':{}}", "{'error':7}", "{'detail':[]}"})
    void whatSaysNothingIsSaidByUs(String json) {
        JsonNode error = Exchanges.tree(told(502, json)).path("error");
        assertThat(error.path("message").asText()).isEqualTo("The provider answered 502.");
        assertThat(error.path("type").asText()).isEqualTo("api_error");
    }
}
