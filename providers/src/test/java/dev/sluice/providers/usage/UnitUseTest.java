package dev.sluice.providers.usage;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

/** What answers and requests say of units, in the providers' own words. */
class UnitUseTest {

    private static final Units ASKED = new Units(1, 0, 0, 9_000, 0, 1);

    private static UnitUse use(Endpoint endpoint, String json) {
        return UnitUse.of(endpoint, ASKED, json.replace('\'', '"').getBytes(UTF_8));
    }

    private static Units asked(Endpoint endpoint, String json) {
        byte[] body = json.replace('\'', '"').getBytes(UTF_8);
        return AskedUnits.of(endpoint, body, body.length, null);
    }

    @Test
    void readsARankingsQueriesAndTokens() {
        assertThat(use(Endpoint.RERANK, "{'meta':{'billed_units':{'search_units':3}}}"))
                .isEqualTo(new UnitUse(Usage.NONE, Units.ofQueries(3), true));
        assertThat(use(Endpoint.RERANK, "{'usage':{'total_tokens':7}}"))
                .isEqualTo(new UnitUse(Usage.of(7, 0), ASKED, true));
        assertThat(use(Endpoint.RERANK, "{'meta':{'tokens':{'input_tokens':7}}}"))
                .isEqualTo(new UnitUse(Usage.of(7, 0), ASKED, true));
        assertThat(use(Endpoint.RERANK, "{'results':[]}")).isEqualTo(UnitUse.untold(ASKED));
    }

    @Test
    void readsWhatPicturesAreMadeOf() {
        assertThat(
                        use(
                                Endpoint.IMAGES,
                                "{'data':[{'b64_json':'A'},{}],'usage':{'input_tokens':9,'output_tokens':100,"
                                        + "'input_tokens_details':{'image_tokens':4,'cached_tokens':2},"
                                        + "'output_tokens_details':{'image_tokens':90,'text_tokens':10}}}"))
                .isEqualTo(
                        new UnitUse(
                                new Usage(3, 2, 0, 0, 100, 0, 0, 0, 4),
                                Units.ofImages(2, 90),
                                true));
        assertThat(use(Endpoint.IMAGES, "{'data':[{},{},{}]}"))
                .isEqualTo(new UnitUse(null, Units.ofImages(3, 0), true));
        assertThat(use(Endpoint.IMAGES, "{'created':1}"))
                .isEqualTo(new UnitUse(null, Units.ofImages(1, 0), false));
    }

    @ParameterizedTest
    @CsvSource({
        "{'usage':{'type':'duration';'seconds':3}}, 3000",
        "{'usage':{'seconds':0.0001}}, 1",
        "{'duration':8.47}, 8470",
        "{'duration':'8.47'}, 8470",
        "{'duration':'x'}, 9000",
        "{'duration':-1}, 9000",
        "{'duration':1e400}, 1000000000000",
        "{'text':'t'}, 9000",
        "no JSON, 9000",
    })
    void readsHowLongWasListened(String json, long millis) {
        UnitUse use = use(Endpoint.TRANSCRIPTIONS, json.replace(';', ','));

        assertThat(use.units().inputMillis()).isEqualTo(millis);
        assertThat(use.isStated()).isEqualTo(millis != 9_000);
    }

    @Test
    void readsATranscriptsTokens() {
        assertThat(
                        use(
                                        Endpoint.TRANSCRIPTIONS,
                                        "{'usage':{'type':'tokens','input_tokens':14,'output_tokens':5,"
                                                + "'input_token_details':{'text_tokens':4,'audio_tokens':10}}}")
                                .usage())
                .isEqualTo(new Usage(4, 0, 0, 0, 5, 0, 10, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'usage':{'input_tokens':-5,'output_tokens':1e300},'data':[],'meta':7}",
                "{'usage':[],'data':{},'meta':null,'duration':{}}",
                "{'usage':{'input_tokens':'x'}",
                "[]",
                ""
            })
    void believesNothingThatCannotBe(String json) {
        for (Endpoint endpoint : Endpoint.values()) {
            UnitUse use = use(endpoint, json);
            Usage usage = use.usage();
            assertThat(usage == null || usage.completionTokens() <= 1_000_000_000).isTrue();
        }
    }

    @Test
    void countsWhatIsAskedFor() {
        String documents = "{'documents':[" + "'a',".repeat(200) + "{'text':'b'}]}";
        assertThat(asked(Endpoint.RERANK, documents)).isEqualTo(Units.ofQueries(3));
        assertThat(asked(Endpoint.RERANK, "{'documents':[]}")).isEqualTo(Units.ofQueries(1));
        assertThat(asked(Endpoint.IMAGES, "{'x':{'n':9},'n':4}")).isEqualTo(Units.ofImages(4, 0));
        assertThat(asked(Endpoint.IMAGES, "{'n':99999999999999999999}").outputImages())
                .isLessThanOrEqualTo(1000);
        assertThat(asked(Endpoint.IMAGES, "{'n':null}")).isEqualTo(Units.ofImages(1, 0));
        assertThat(asked(Endpoint.SPEECH, "{'input':'héllo \\ud83d\\ude42 '}"))
                .isEqualTo(Units.ofSpeech(8, 533));
        assertThat(asked(Endpoint.CHAT_COMPLETIONS, "{'n':4}")).isEqualTo(Units.NONE);
    }

    @Test
    void findsTheUsageOfALastEventHoweverTheStreamIsCut() {
        String stream =
                "data: {\"delta\":\"\\\"usage\\\":{\\\"input_tokens\\\":1}\"}\n\n"
                        + "data: {\"b64_json\":\""
                        + "A".repeat(70_000)
                        + "\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}\n\n";
        byte[] bytes = stream.getBytes(UTF_8);
        for (int step : new int[] {1, 7, 1000, 16_384, 100_000}) {
            var tail = new UsageTail();
            for (int at = 0; at < bytes.length; at += step) {
                byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + step));
                tail.add(piece, piece.length);
            }
            UnitUse use = tail.use(Endpoint.SPEECH, Units.NONE);
            assertThat(use).as("by %d", step).isNotNull();
            assertThat(java.util.Objects.requireNonNull(use).usage())
                    .isEqualTo(new Usage(3, 0, 0, 0, 0, 0, 0, 4, 0));
        }
        var none = new UsageTail();
        none.add(bytes, 40);
        assertThat(none.use(Endpoint.SPEECH, Units.NONE)).isNull();
    }

    @Test
    void measuresSound() {
        byte[] flac = new byte[42];
        System.arraycopy("fLaC".getBytes(ISO_8859_1), 0, flac, 0, 4);
        long packed = 44_100L << 44 | 441_000L;
        for (int i = 0; i < 8; i++) {
            flac[18 + i] = (byte) (packed >>> (56 - 8 * i));
        }
        assertThat(SoundLength.millis(flac, 0, flac.length)).isEqualTo(10_000);

        byte[] mp3 = new byte[10 + 16_000];
        System.arraycopy("ID3".getBytes(ISO_8859_1), 0, mp3, 0, 3);
        mp3[10] = (byte) 0xff;
        mp3[11] = (byte) 0xfb;
        mp3[12] = (byte) 0x90;
        assertThat(SoundLength.millis(mp3, 0, mp3.length)).isEqualTo(1_000);

        assertThat(SoundLength.millis(new byte[16_000], 0, 16_000)).isEqualTo(1_000);
        assertThat(SoundLength.millis(new byte[1], 0, 1)).isEqualTo(1);
        byte[] riff = "RIFFxxxxWAVEdata\u00ff\u00ff\u00ff\u00ff".getBytes(ISO_8859_1);
        for (int length = 0; length <= riff.length; length++) {
            assertThat(SoundLength.millis(riff, 0, length)).isGreaterThanOrEqualTo(0);
        }
    }
}
