package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import dev.sluice.providers.openai.RequestPeek.Facts;
import dev.sluice.providers.openai.RequestPeek.Malformed;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Forms with a file; a text of a test stands for its bytes in Latin-1. */
class FormReaderTest {

    private static final String TYPE = "multipart/form-data; boundary=b";
    private static final String FILE =
            String.join(
                    "\r\n",
                    "--b",
                    "Content-Disposition: form-data; name=\"file\"; filename=\"x; name=y.mp3\"",
                    "Content-Type: audio/mpeg",
                    "",
                    "DA\r\n--TA",
                    "");
    private static final String END = "--b--\r\n";
    private static final String SOUND =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.mp3\"\r\n\r\nDATA\r\n";

    private static String field(String name, String value) {
        return "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                .formatted(name, value);
    }

    private static RequestPeek peek(String type, String body) {
        byte[] bytes = body.getBytes(ISO_8859_1);
        return RequestPeek.ofForm(type, bytes, bytes.length, true, null);
    }

    private static Facts facts(String type, String body) {
        RequestPeek peek = peek(type, body);
        assertThat(peek).isInstanceOf(Facts.class);
        return (Facts) peek;
    }

    @Test
    void hashesWhatAFormSaysAndNotHowItIsWritten() {
        String hash = hash(TYPE, field("model", "m") + field("language", "de") + SOUND + END);

        assertThat(
                        hash(
                                TYPE.replace("boundary=b", "boundary=c"),
                                (SOUND + field("language", "de") + field("model", "n") + END)
                                        .replace("--b", "--c")
                                        .replace("x.mp3", "y.mp3")))
                .isEqualTo(hash);
        for (String other :
                List.of(
                        field("language", "en") + SOUND,
                        field("language", "de") + SOUND.replace("DATA", "DATB"),
                        field("language", "de") + field("language", "de") + SOUND,
                        field("lang", "uage") + SOUND,
                        SOUND)) {
            assertThat(hash(TYPE, field("model", "m") + other + END)).isNotEqualTo(hash);
        }
        assertThat(
                        facts(TYPE, field("model", "m") + field("stream", "1") + SOUND + END)
                                .canonicalHash())
                .isNull();
    }

    private static String hash(String type, String body) {
        return HexFormat.of().formatHex(requireNonNull(facts(type, body).canonicalHash()));
    }

    @Test
    void findsTheModelAndTheFileAndLeavesTheRest() {
        String body =
                field("model", "m")
                        + FILE.replace("; name=y", "")
                        + field("stream", "true")
                        + field("user", "u")
                        + field("timestamp_granularities[]", "word")
                        + field("timestamp_granularities[]", "segment")
                        + END;
        Facts facts = facts(TYPE, body);
        FormBody form = requireNonNull(facts.form());

        assertThat(facts.model()).isEqualTo("m");
        assertThat(facts.stream()).isTrue();
        assertThat(facts.user()).isEqualTo("u");
        assertThat(form.names())
                .containsExactlyInAnyOrder(
                        "model", "file", "stream", "user", "timestamp_granularities[]");
        assertThat(body.substring(form.fileStart(), form.fileEnd())).isEqualTo("DA\r\n--TA");
        assertThat(form.contentType()).isEqualTo(TYPE);
        var sent = new StringBuilder();
        byte[] bytes = body.getBytes(ISO_8859_1);
        Splice.splice(bytes, bytes.length, facts, "other".getBytes(ISO_8859_1), false)
                .forEach(slice ->
                        sent.append(
                                new String(
                                        slice.array(),
                                        slice.offset(),
                                        slice.length(),
                                        ISO_8859_1)));
        assertThat(sent.toString()).isEqualTo(body.replace("\r\n\r\nm\r\n", "\r\n\r\nother\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data; boundary=\"b\"",
                "Multipart/Form-Data;boundary=b",
                "multipart/form-data; charset=utf-8; boundary=b",
                "multipart/form-data; boundary=b; charset=utf-8"
            })
    void readsTheBoundaryHoweverItIsWritten(String type) {
        assertThat(facts(type, field("model", "m") + FILE.replace("; name=y", "") + END).model())
                .isEqualTo("m");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/json",
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"a b\"",
                "multipart/form-data; boundary=a\"b",
                "multipart/mixed; boundary=b"
            })
    void refusesAnyOtherType(String type) {
        assertThat(peek(type, field("model", "m") + FILE + END)).isInstanceOf(Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"mod%65l\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"mo\\del\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name*=utf-8''model\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=model\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"model\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"; name=\"model\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nbg==\r\n",
                "--b\r\nContent-Disposition : form-data; name=\"model\"\r\n\r\nn\r\n",
                "--b\r\nContent-Type: text/plain\r\n\r\nn\r\n",
                "--b\r\nX: y\nContent-Disposition: form-data; name=\"model\"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"a\nb\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"model\0\"\r\n\r\nn\r\n",
                "--b\r\nContent-Disposition: form-data; filename=\"x; name=y\"; name=\"a\"\r\n\r\nn\r\n",
                "--b\nContent-Disposition: form-data; name=\"model\"\n\nn\n",
                "--b\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\nmaybe\r\n",
            })
    void refusesWhatTwoReadersCouldTakeForTwoThings(String part) {
        String file = FILE.replace("; name=y", "");

        assertThat(peek(TYPE, field("model", "m") + file + END)).isInstanceOf(Facts.class);
        assertThat(peek(TYPE, field("model", "m") + part + file + END))
                .isInstanceOf(Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--b--x", "--b--\r\r\n--b\r\n", "--b--\r\n--b\r\n", "--b---"})
    void refusesWhatFollowsTheLastBoundary(String end) {
        String form = field("model", "m") + FILE.replace("; name=y", "");

        assertThat(peek(TYPE, form + "--b-- \r\n")).isInstanceOf(Facts.class);
        assertThat(peek(TYPE, form + end)).isInstanceOf(Malformed.class);
        assertThat(peek(TYPE, form + end + field("model", "n") + END))
                .isInstanceOf(Malformed.class);
    }

    @Test
    void refusesABoundaryWhereAValueShouldBegin() {
        String form = field("model", "m") + FILE.replace("; name=y", "");
        String hidden = field("a", "x").replace("\r\n\r\nx\r\n", "\r\n\r\n");

        assertThat(peek(TYPE, form + field("a", "") + END)).isInstanceOf(Facts.class);
        assertThat(peek(TYPE, form + hidden + field("model", "n") + END))
                .isInstanceOf(Malformed.class);
    }

    @Test
    void namesWhatIsMissing() {
        assertThat(peek(TYPE, field("model", "m") + END))
                .isEqualTo(new Malformed("Missing required parameter: 'file'.", "file"));
        assertThat(peek(TYPE, FILE.replace("; name=y", "") + END))
                .isEqualTo(new Malformed("you must provide a model parameter", "model"));
        byte[] bytes = (FILE.replace("; name=y", "") + END).getBytes(ISO_8859_1);
        assertThat(RequestPeek.ofForm(TYPE, bytes, bytes.length, true, "m"))
                .isInstanceOf(Facts.class);
    }

    @Test
    void refusesEveryFormThatIsCutOff() {
        String whole = field("model", "m") + FILE.replace("; name=y", "") + "--b--";
        for (int length = 0; length < whole.length(); length++) {
            assertThat(peek(TYPE, whole.substring(0, length)))
                    .as("%d bytes", length)
                    .isInstanceOf(Malformed.class);
        }
        assertThat(peek(TYPE, whole)).isInstanceOf(Facts.class);
    }

    @Test
    void neverFailsOnWhatIsChanged() {
        String whole = field("model", "m") + FILE + END;
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            var body = new StringBuilder(whole);
            for (int j = random.nextInt(3); j >= 0; j--) {
                body.setCharAt(
                        random.nextInt(body.length()), "\r\n-b\";:=\0".charAt(random.nextInt(9)));
            }
            if (peek(TYPE, body.toString()) instanceof Facts facts) {
                FormBody form = requireNonNull(facts.form());
                assertThat(form.fileEnd()).isBetween(form.fileStart(), body.length());
            }
        }
    }
}
