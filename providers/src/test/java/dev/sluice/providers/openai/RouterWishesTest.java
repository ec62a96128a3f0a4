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

    /** What Python's float() reads, as a number or as a text. */
    @ParameterizedTest
    @CsvSource({
        "1, 1000",
        "1.0, 1000",
        "0.001, 1",
        "1.5e1, 15000",
        "'\"1.0\"', 1000",
        "'\"  2 \"', 2000",
        "'\".5\"', 500",
        "'\"1.\"', 1000",
        "'\"+1e-1\"', 100",
        "'\"86400\"', 86400000"
    })
    void timesAreReadInEveryForm(String written, long millis) {
        RouterWishes wishes = facts("'timeout':" + written + ",").wishes();
        RouterWishes ofStream = facts("'stream_timeout':" + written + ",").wishes();

        assertThat(wishes.timeout()).isEqualTo(Duration.ofMillis(millis));
        assertThat(ofStream.streamTimeout()).isEqualTo(Duration.ofMillis(millis));
        assertThat(sent("'stream_timeout':" + written + ",'user':'u',"))
                .isEqualTo(new String(body("'user':'u',"), UTF_8));
    }

    @Test
    void aStreamsTimeGoesBeforeTheOtherForStreams() {
        RouterWishes both = facts("'timeout':3,'stream_timeout':2,").wishes();
        RouterWishes one = facts("'timeout':3,").wishes();

        assertThat(both.timeout(true)).isEqualTo(Duration.ofSeconds(2));
        assertThat(both.timeout(false)).isEqualTo(Duration.ofSeconds(3));
        assertThat(one.timeout(true)).isEqualTo(Duration.ofSeconds(3));
        assertThat(RouterWishes.NONE.timeout(true)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"type\":\"json_schema\",\"json_schema\":{}}', true",
        "'{\"json_schema\":{\"type\":\"x\"}, \"type\" : \"json_schema\"}', true",
        "'{\"type\":\"json_object\"}', false",
        "'{\"a\":{\"type\":\"json_schema\"}}', false",
        "'\"json_schema\"', false",
        "null, false"
    })
    void knowsWhoWantsASchema(String format, boolean wants) {
        assertThat(facts("'response_format':" + format + ",").wantsSchema()).isEqualTo(wants);
        assertThat(sent("'response_format':" + format + ","))
                .isEqualTo(new String(body("'response_format':" + format + ","), UTF_8));
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
        assertThat(facts("'user':'u','metadata':{'a':'b'},").canonicalHash()).isEqualTo(plain);
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
                "'timeout':1e-12,",
                "'timeout':'soon',",
                "'timeout':'nan',",
                "'timeout':'inf',",
                "'timeout':'0',",
                "'timeout':'-1',",
                "'timeout':'',",
                "'timeout':'.',",
                "'timeout':'1e99',",
                "'timeout':'1 2',",
                "'timeout':true,",
                "'stream_timeout':0,",
                "'stream_timeout':[],",
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
