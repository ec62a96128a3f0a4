package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

class InputItemsTest {

    @Test
    void knowsAnInputHoweverItComes() {
        String alone = hashes("\"a\\u0062\"").getFirst();

        assertThat(hashes("[\"ab\"]")).containsExactly(alone);
        assertThat(hashes("[ \"x\" , \"ab\" ]").get(1)).isEqualTo(alone);
        assertThat(hashes("[1, 2]")).isEqualTo(hashes("[[1,2]]")).hasSize(1);
        assertThat(hashes("[[1],[2],\"a\"]")).doesNotHaveDuplicates().hasSize(3);
        assertThat(hashes("[12]")).isNotEqualTo(hashes("[1,2]"));
        assertThat(hashes("\"[1,2]\"")).isNotEqualTo(hashes("[1,2]"));
    }

    @Test
    void hasOneHashForAllElse() {
        assertThat(rest("{\"model\":\"m\",\"input\":\"a\",\"user\":\"u\"}"))
                .isEqualTo(rest("{\"user\":\"u\",\"input\":[\"b\",\"c\"],\"model\":\"n\"}"))
                .isNotEqualTo(rest("{\"model\":\"m\",\"input\":\"a\"}"))
                .isNotEqualTo(rest("{\"model\":\"m\",\"input\":\"a\",\"user\":\"v\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{}]", "[\"a\", 1]", "[\"a\", null]", "[true]", "[[1], {}]"})
    void doesNotKeyWhatItCannotTellApart(String input) {
        RequestPeek.Facts facts = facts("{\"model\":\"m\",\"input\":%s}".formatted(input));

        assertThat(facts.canonicalHash()).isNull();
        assertThat(facts.inputs()).isNull();
    }

    @Test
    void doesNotKeyAListThatIsTooLong() {
        String most =
                IntStream.range(0, InputItems.ITEMS_MAX)
                        .mapToObj(i -> "\"" + i + "\"")
                        .collect(Collectors.joining(","));

        assertThat(hashes("[" + most + "]")).hasSize(InputItems.ITEMS_MAX);
        assertThat(facts("{\"model\":\"m\",\"input\":[%s,\"a\"]}".formatted(most)).canonicalHash())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,2 | {\"input\":[\"a\",[7, 8]], \"model\": \"m\"}",
                "1 | {\"input\":[\"b\"], \"model\": \"m\"}",
            })
    void writesTheBodyWithSomeOfThem(String places, String expected) {
        byte[] body = "{\"input\":[ \"a\" ,\"b\", [7, 8] ], \"model\": \"m\"}".getBytes(UTF_8);
        InputItems inputs = requireNonNull(facts(new String(body, UTF_8)).inputs());
        List<InputItems.Item> asked =
                Arrays.stream(places.split(","))
                        .map(place -> inputs.items().get(Integer.parseInt(place)))
                        .toList();

        assertThat(new String(inputs.bodyOf(body, body.length, asked), UTF_8)).isEqualTo(expected);
    }

    @Test
    void dividesWithoutLosingAnything() {
        var random = new Random(5);
        for (int i = 0; i < 1_000; i++) {
            List<InputItems.Item> items =
                    random.ints(1 + random.nextInt(9), 1, 5_000)
                            .mapToObj(size -> new InputItems.Item(0, size, new byte[0]))
                            .toList();
            long whole = random.nextLong(0, i % 3 == 0 ? 10 : 1L << 50);

            long[] shares = InputItems.shares(items, whole);

            assertThat(LongStream.of(shares).sum()).isEqualTo(whole);
            long least = whole >= items.size() ? 1 : 0;
            assertThat(LongStream.of(shares).min().orElseThrow()).isGreaterThanOrEqualTo(least);
        }
    }

    private static List<String> hashes(String input) {
        RequestPeek.Facts facts = facts("{\"model\":\"m\",\"input\":%s}".formatted(input));
        return requireNonNull(facts.inputs()).items().stream()
                .map(item -> HexFormat.of().formatHex(item.hash()))
                .toList();
    }

    private static String rest(String body) {
        return HexFormat.of().formatHex(requireNonNull(facts(body).canonicalHash()));
    }

    private static RequestPeek.Facts facts(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return (RequestPeek.Facts) RequestPeek.of(Endpoint.EMBEDDINGS, bytes, bytes.length, true);
    }
}
