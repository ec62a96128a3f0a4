package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;

class QuestionTest {

    private static final String HISTORY =
            "{'role':'system','content':'Be brief.'},"
                    + "{'role':'user','content':'Hello'},"
                    + "{'role':'assistant','content':'Hi'},";

    @Test
    void isTheLastTurnOfTheUser() {
        Question question = chat("'messages':[" + HISTORY + user("What is \\u0041?") + "]");

        assertThat(question.text()).isEqualTo("What is A?");
    }

    @Test
    void mayBeTheOnlyPartOfItsMessage() {
        Question part =
                chat("'messages':[{'role':'user','content':[{'type':'text','text':'Why?'}]}]");

        assertThat(part.text()).isEqualTo("Why?");
    }

    @Test
    void isThePromptOfACompletion() {
        assertThat(find(Endpoint.COMPLETIONS, "'prompt':'Once'").orElseThrow().text())
                .isEqualTo("Once");
    }

    @Test
    void leavesARestThatDoesNotDependOnIt() {
        Question one = chat("'temperature':0,'messages':[" + HISTORY + user("a") + "]");
        Question other =
                chat("'messages':[" + HISTORY + user("something else") + "], 'temperature':0");
        Question streamed =
                chat("'stream':true,'messages':[" + HISTORY + user("b") + "],'temperature':0");

        assertThat(other.restHash()).isEqualTo(one.restHash()).isEqualTo(streamed.restHash());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'temperature':1",
                "'temperature':0,'tools':[]",
                "'temperature':0,'user':'u'",
                "'temperature':0,'max_tokens':5",
                "'temperature':0,'seed':5"
            })
    void leavesARestThatDependsOnEverySetting(String settings) {
        Question one = chat("'temperature':0,'messages':[" + user("a") + "]");
        Question other = chat(settings + ",'messages':[" + user("a") + "]");

        assertThat(other.restHash()).isNotEqualTo(one.restHash());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{'role':'system','content':'Be long.'},",
                "{'role':'system','content':'Be brief.'},",
                "{'role':'assistant','content':''},{'role':'user','content':'Hello'},"
            })
    void leavesARestThatDependsOnWhatWentBefore(String history) {
        Question one = chat("'messages':[" + HISTORY + user("a") + "]");
        Question other = chat("'messages':[" + history + user("a") + "]");

        assertThat(other.restHash()).isNotEqualTo(one.restHash());
    }

    @Test
    void doesNotMistakeAMovedWordForItsOwn() {
        Question named = chat("'messages':[{'role':'user','content':'a','name':'x'}]");
        Question plain = chat("'messages':[{'role':'user','content':'a'}]");

        assertThat(named.restHash()).isNotEqualTo(plain.restHash());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]",
                "'messages':[{'role':'tool','content':'a'}]",
                "'messages':[{'role':'user','content':null}]",
                "'messages':[{'role':'user','content':'  '}]",
                "'messages':[{'role':'user','content':[]}]",
                "'messages':[{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}]",
                "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}}]}]",
                "'messages':[{'role':'user','content':'a','content':'b'}]",
                "'messages':[{'role':'user','role':'tool','content':'a'}]",
                "'messages':['a']"
            })
    void isNotThereWhereTheLastTurnIsNotOneText(String messages) {
        assertThat(find(Endpoint.CHAT_COMPLETIONS, messages)).isEmpty();
    }

    @Test
    void isNotThereForTextsThatBecomeVectors() {
        assertThat(find(Endpoint.EMBEDDINGS, "'input':'a'")).isEmpty();
    }

    /** As Azure's clients ask. */
    @Test
    void isThereWhereTheModelStandsInThePathAlone() {
        byte[] body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}".getBytes(UTF_8);

        Question asked =
                Question.of(Endpoint.CHAT_COMPLETIONS, body, body.length, "m").orElseThrow();

        assertThat(asked.text()).isEqualTo("Why?");
        assertThat(asked.restHash())
                .isEqualTo(chat("'messages':[{'role':'user','content':'b'}]").restHash());
    }

    private static String user(String text) {
        return "{'role':'user','content':'" + text + "'}";
    }

    private static Question chat(String members) {
        return find(Endpoint.CHAT_COMPLETIONS, members).orElseThrow();
    }

    private static Optional<Question> find(Endpoint endpoint, String members) {
        byte[] body = ("{'model':'m'," + members + "}").replace('\'', '"').getBytes(UTF_8);
        return Question.of(endpoint, body, body.length, "m");
    }
}
