package dev.sluice.providers.openai;

import static dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS;
import static dev.sluice.providers.openai.Endpoint.COMPLETIONS;
import static dev.sluice.providers.openai.Endpoint.EMBEDDINGS;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

class CanonicalHashTest {

    private static final Set<String> EXCLUDED =
            Set.of("model", "stream", "stream_options", "cache");

    private final Random random = new Random(7);

    @Test
    void doesNotDependOnHowARequestIsSpelt() {
        for (int i = 0; i < 1_000; i++) {
            var json = new RandomJson(i);
            ObjectNode body = json.chatRequest();

            String hash = hash(body.toString());

            assertThat(hash(json.spelt(body))).isEqualTo(hash);
            assertThat(hash(json.spelt(json.shuffled(body)))).isEqualTo(hash);
        }
    }

    @Test
    void dependsOnEveryValue() {
        int changes = 0;
        for (int i = 0; i < 1_000; i++) {
            var json = new RandomJson(i);
            ObjectNode body = json.chatRequest();
            ObjectNode changed = body.deepCopy();
            changeOne(changed, json);
            if (!changed.equals(body) && isRequest(changed)) {
                changes++;
                assertThat(hash(changed.toString()))
                        .as(() -> body + " and " + changed)
                        .isNotEqualTo(hash(body.toString()));
            }
        }
        assertThat(changes).isGreaterThan(500);
    }

    @Test
    void dependsNeitherOnTheModelNorOnHowTheAnswerTravels() {
        String plain = hash(chat("\"user\":\"u\""));

        assertThat(hash("{\"model\":\"other\",\"user\":\"u\",\"messages\":[{\"content\":\"hi\"}]}"))
                .isEqualTo(plain);
        assertThat(
                        hash(
                                chat(
                                        "\"user\":\"u\",\"stream\":true,\"stream_options\":{"
                                                + "\"include_usage\":true},\"cache\":{\"ttl\":5}")))
                .isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "\"user\":\"a\" | \"user\":\"b\"",
                "\"user\":\"a\" | \"x\":1",
                "\"x\":1 | \"x\":\"1\"",
                "\"x\":1 | \"x\":1.0",
                "\"x\":0 | \"x\":-0",
                "\"x\":null | \"x\":false",
                "\"x\":null | \"y\":null",
                "\"x\":[] | \"x\":{}",
                "\"x\":[1,2] | \"x\":[2,1]",
                "\"x\":[12] | \"x\":[1,2]",
                "\"x\":[[1],2] | \"x\":[1,[2]]",
                "\"x\":[\"a\",\"b\"] | \"x\":[\"ab\"]",
                "\"x\":\"a\",\"y\":\"b\" | \"x\":\"b\",\"y\":\"a\"",
                "\"x\":{\"a\":1},\"b\":2 | \"x\":{\"a\":1,\"b\":2}",
                "\"x\":{\"stream\":true} | \"x\":{\"stream\":false}",
                "\"x\":{\"model\":\"a\"} | \"x\":{\"model\":\"b\"}",
                "\"x\":1,\"x\":2 | \"x\":2,\"x\":1",
                "\"x\":\"\\ud83d\" | \"x\":\"\\ud83e\"",
                "\"x\":\"\\ud83d\" | \"x\":\"\\ufffd\"",
                "\"x\":\"\\u0000\" | \"x\":\"\"",
                "\"max_tokens\":1 | \"max_completion_tokens\":1"
            })
    void tellsApartWhatIsNotTheSame(String left, String right) {
        assertThat(hash(chat(left))).isNotEqualTo(hash(chat(right)));
    }

    @Test
    void isAnotherAtEachEndpoint() {
        String body = "{\"model\":\"m\",\"input\":\"hi\",\"prompt\":\"hi\",\"messages\":[\"hi\"]}";

        assertThat(
                        List.of(
                                hash(CHAT_COMPLETIONS, body),
                                hash(COMPLETIONS, body),
                                hash(EMBEDDINGS, body)))
                .doesNotHaveDuplicates();
    }

    @Test
    void sortsObjectsWithVeryManyMembers() {
        List<String> members =
                new ArrayList<>(
                        IntStream.range(0, 5_000).mapToObj(i -> "\"k" + i + "\":" + i).toList());
        String sorted = hash(chat(String.join(",", members)));
        java.util.Collections.shuffle(members, random);

        assertThat(hash(chat(String.join(",", members)))).isEqualTo(sorted);
        members.set(17, "\"k17\":-1");
        assertThat(hash(chat(String.join(",", members)))).isNotEqualTo(sorted);
    }

    /** Stored entries live under these hashes: whoever changes the form makes them all misses. */
    @Test
    void staysWhatItIs() {
        assertThat(hash(chat("\"temperature\":0.5")))
                .isEqualTo("4a15ee36e973e45eeb0569404c1f37dd044d4e7d8d902b238c45d68ff5d2a7ec");
    }

    private void changeOne(ObjectNode body, RandomJson json) {
        List<String> names = new ArrayList<>();
        body.fieldNames().forEachRemaining(names::add);
        names.removeAll(EXCLUDED);
        String name = names.get(random.nextInt(names.size()));
        body.set(name, changed(body.get(name), json));
    }

    /** The value with one leaf of it replaced, added or removed. */
    private JsonNode changed(JsonNode value, RandomJson json) {
        if (value.isEmpty() || random.nextInt(4) == 0) {
            return json.value(2);
        }
        if (value instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            array.set(at, changed(array.get(at), json));
            return array;
        }
        List<String> names = new ArrayList<>();
        value.fieldNames().forEachRemaining(names::add);
        String name = names.get(random.nextInt(names.size()));
        ObjectNode object = (ObjectNode) value;
        if (random.nextBoolean()) {
            object.remove(name);
        } else {
            object.set(name, changed(object.get(name), json));
        }
        return object;
    }

    private static boolean isRequest(ObjectNode body) {
        byte[] bytes = body.toString().getBytes(UTF_8);
        return RequestPeek.of(CHAT_COMPLETIONS, bytes, bytes.length, false)
                instanceof RequestPeek.Facts;
    }

    private static String chat(String more) {
        return "{\"model\":\"m\",\"messages\":[{\"content\":\"hi\"}]," + more + "}";
    }

    private static String hash(String body) {
        return hash(CHAT_COMPLETIONS, body);
    }

    private static String hash(Endpoint endpoint, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        RequestPeek peek = RequestPeek.of(endpoint, bytes, bytes.length, true);
        assertThat(peek).as(body).isInstanceOf(RequestPeek.Facts.class);
        byte[] hash = ((RequestPeek.Facts) peek).canonicalHash();
        assertThat(hash).hasSize(32);
        return HexFormat.of().formatHex(hash);
    }
}
