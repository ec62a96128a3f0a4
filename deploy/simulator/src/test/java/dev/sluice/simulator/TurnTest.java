package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

/** What a choice holds beyond words. */
class TurnTest {

    private static final String TOOLS =
            ",'tools':[{'type':'function','function':{'name':'weather','parameters':%s}},"
                    + "{'type':'function','function':{'name':'clock'}}]";
    private static final String SCHEMA =
            "{'type':'object','$defs':{'unit':{'enum':['C','F']}},'properties':{"
                    + "'city':{'type':'string'},'days':{'type':'integer'},'unit':{'$ref':'#/$defs/unit'},"
                    + "'spot':{'anyOf':[{'type':'null'},{'type':'object','properties':{"
                    + "'height':{'type':['number','null']}}}]},"
                    + "'tags':{'type':'array','items':{'type':'boolean'}}}}";
    private static final String USER = "'messages':[{'role':'user','content':'hello'}]";
    private static final String RESULT =
            "'messages':[{'role':'user','content':'hello'},{'role':'tool','content':'sunny'}]";

    private static Turn turn(String inner) {
        byte[] body = ("{'model':'m'," + inner + "}").replace('\'', '"').getBytes(UTF_8);
        return ((ModelCall) ModelCallReader.read(Endpoint.CHAT, body)).turns().getFirst();
    }

    private static List<String> called(String inner) {
        return turn(inner).calls().stream().map(Segment::name).toList();
    }

    private static String tools() {
        return TOOLS.formatted(SCHEMA);
    }

    @Test
    void argumentsFitTheSchemaOfTheTool() throws IOException {
        JsonNode arguments =
                Json.MAPPER.readTree(turn(USER + tools()).calls().getFirst().said().text());

        assertThat(arguments.path("city").isTextual()).isTrue();
        assertThat(arguments.path("days").isInt()).isTrue();
        assertThat(arguments.path("unit").asText()).isIn("C", "F");
        assertThat(arguments.at("/spot/height").isNumber()).isTrue();
        assertThat(arguments.path("tags")).hasSize(2).allMatch(JsonNode::isBoolean);
    }

    @Test
    void theOrderOfASchemaPlaysNoPart() {
        String other =
                TOOLS.formatted("{'type':'OBJECT','properties':{'b':{'type':'STRING'},'a':{}}}");
        String one = TOOLS.formatted("{'properties':{'a':{},'b':{'type':'string','maxLength':9}}}");

        assertThat(turn(USER + one)).isEqualTo(turn(USER + other));
    }

    @Test
    void theFirstTwoToolsAreCalledUnlessTheCallerSaysOtherwise() {
        assertThat(called(USER + tools())).containsExactly("weather", "clock");
        assertThat(called(USER + tools() + ",'parallel_tool_calls':false"))
                .containsExactly("weather");
        assertThat(called(USER + tools() + ",'tool_choice':'none'")).isEmpty();
        assertThat(
                        called(
                                USER
                                        + tools()
                                        + ",'tool_choice':{'type':'function','function':{'name':'clock'}}"))
                .containsExactly("clock");
    }

    @Test
    void aToolsResultIsAnsweredInWordsUnlessACallIsRequired() {
        assertThat(turn(RESULT + tools()).text(Segment.Kind.TEXT)).isNotEmpty();
        assertThat(called(RESULT + tools())).isEmpty();
        assertThat(called(RESULT + tools() + ",'tool_choice':'required'")).hasSize(2);
    }

    @Test
    void thoughtsAreBilledAndComeFirst() {
        Turn thinking = turn(USER + ",'reasoning_effort':'high'");
        Turn plain = turn(USER + ",'reasoning_effort':'none'");

        assertThat(thinking.segments().getFirst().kind()).isEqualTo(Segment.Kind.THOUGHT);
        assertThat(thinking.thoughtTokens()).isPositive();
        assertThat(thinking.tokens()).isEqualTo(plain.tokens() + thinking.thoughtTokens());
        assertThat(thinking.text(Segment.Kind.TEXT)).isEqualTo(plain.text(Segment.Kind.TEXT));
    }
}
