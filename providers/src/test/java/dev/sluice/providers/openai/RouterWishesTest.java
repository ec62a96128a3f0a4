package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.RouterWishes.Pretence;
import dev.sluice.providers.transport.Slice;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;

class RouterWishesTest {

    private static final String PROMPT = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static byte[] body(String fields) {
        return ("{\"model\":\"m\"," + fields + PROMPT + "}").replace('\'', '"').getBytes(UTF_8);
    }

    private static RequestPeek peek(String fields) {
        byte[] body = body(fields);
        return RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, true);
    }

    private static RequestPeek.Facts facts(String fields) {
        RequestPeek peek = peek(fields);
        assertThat(peek).isInstanceOf(RequestPeek.Facts.class);
        return (RequestPeek.Facts) peek;
    }

    private static String sent(String fields) {
        byte[] body = body(fields);
        var out = new ByteArrayOutputStream();
        for (Slice slice :
                Splice.splice(body, body.length, facts(fields), "\"m\"".getBytes(UTF_8), false)) {
            out.write(slice.array(), slice.offset(), slice.length());
        }
        return out.toString(UTF_8);
    }

    @Test
    void anOrdinaryRequestAsksForNothing() {
        assertThat(facts("'temperature':1,").wishes()).isSameAs(RouterWishes.NONE);
    }

    @Test
    void allWishesAreReadAndNoneIsSentOn() {
        String fields =
                "'fallbacks':['a',{'model':'b'}],'num_retries':3,'timeout':1.5,'tags':['x'],"
                        + "'disable_fallbacks':true,'mock_testing_fallbacks':true,'user':'u',"
                        + "'metadata':{'tags':['y'],'z':1},'litellm_metadata':{'tags':['w']},";

        RouterWishes wishes = facts(fields).wishes();

        assertThat(wishes.fallbacks()).containsExactly("a", "b");
        assertThat(wishes.numRetries()).isEqualTo(3);
        assertThat(wishes.timeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(wishes.tags()).containsExactly("x", "y", "w");
        assertThat(wishes.disableFallbacks()).isTrue();
        assertThat(wishes.pretence()).isEqualTo(Pretence.FAILURE);
        assertThat(sent(fields)).isEqualTo(new String(body("'user':'u',"), UTF_8));
    }

    @Test
    void metadataOfOpenAisOwnKindPass() {
        String fields = "'metadata':{'tags':'a text','job':'7'},";

        assertThat(sent(fields)).isEqualTo(new String(body(fields), UTF_8));
        assertThat(facts(fields).wishes().tags()).isEmpty();
    }

    @Test
    void wishesDoNotMakeAnotherAnswer() {
        byte[] plain = facts("'user':'u',").canonicalHash();

        assertThat(facts("'num_retries':3,'user':'u','metadata':{'tags':['y']},").canonicalHash())
                .isEqualTo(plain);
        assertThat(facts("'user':'u','metadata':{'a':'b'},").canonicalHash()).isNotEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({
        "mock_testing_context_fallbacks, CONTEXT_WINDOW",
        "mock_testing_content_policy_fallbacks, CONTENT_POLICY",
        "mock_testing_rate_limit_error, RATE_LIMIT"
    })
    void failuresCanBePretended(String field, Pretence pretence) {
        assertThat(facts("'" + field + "':true,").wishes().pretence()).isEqualTo(pretence);
        assertThat(facts("'" + field + "':false,").wishes().pretence()).isNull();
    }

    @Test
    void nullsAskForNothing() {
        RouterWishes wishes =
                facts("'fallbacks':null,'num_retries':null,'timeout':null,'tags':null,").wishes();

        assertThat(wishes).isEqualTo(RouterWishes.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'fallbacks':'a',",
                "'fallbacks':[1],",
                "'fallbacks':[{}],",
                "'fallbacks':[{'model':'a','messages':[]}],",
                "'num_retries':-1,",
                "'num_retries':101,",
                "'num_retries':1.5,",
                "'num_retries':'2',",
                "'num_retries':1e999999999,",
                "'timeout':0,",
                "'timeout':-1,",
                "'timeout':86401,",
                "'timeout':1e-999999,",
                "'tags':'a',",
                "'tags':[1],",
                "'metadata':{'tags':[1]},",
                "'metadata':{'tags':[],'tags':['a']},",
                "'num_retries':1,'num_retries':2,",
                "'metadata':{},'metadata':{'tags':['a']},",
                "'metadata':{'tags':['a']},'metadata':{},",
                "'disable_fallbacks':'yes',"
            })
    void whatCannotBeFollowedIsRefused(String fields) {
        assertThat(peek(fields)).isInstanceOf(RequestPeek.Malformed.class);
    }

    @Test
    void listsAreBounded() {
        String many = "'a',".repeat(20) + "'a'";

        assertThat(peek("'fallbacks':[" + many + "],")).isInstanceOf(RequestPeek.Malformed.class);
        String tag = "a".repeat(256);
        assertThat(facts("'tags':['" + tag + "'],").wishes().tags()).containsExactly(tag);
        assertThat(peek("'tags':['" + tag + "a'],")).isInstanceOf(RequestPeek.Malformed.class);
        assertThat(facts("'fallbacks':[],").wishes().fallbacks()).isEqualTo(List.of());
    }
}
