package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.cache.CachedAnswer.Form;
import dev.sluice.ingress.cache.CachedAnswer.Labels;
import dev.sluice.schemas.config.Secret;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

class AnswerCodecTest {

    private static final Secret FLEET = new Secret("fleet");

    private final AnswerCodec codec = new AnswerCodec(FLEET);

    @Property(tries = 500)
    void everyAnswerComesBackAsItWent(@ForAll("answers") CachedAnswer answer) {
        AnswerKey key = Answers.key(1);

        byte[] bytes = requireNonNull(codec.encode(key, answer));
        CachedAnswer read = requireNonNull(codec.decode(key, bytes));

        assertThat(read).usingRecursiveComparison().isEqualTo(answer);
    }

    @Property(tries = 1000)
    void whatIsDamagedIsNoAnswer(@ForAll("answers") CachedAnswer answer, @ForAll long seed) {
        AnswerKey key = Answers.key(1);
        byte[] bytes = requireNonNull(codec.encode(key, answer));
        var random = new Random(seed);

        byte[] damaged =
                switch (random.nextInt(3)) {
                    case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
                    case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
                    default -> {
                        byte[] copy = bytes.clone();
                        copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
                        yield copy;
                    }
                };

        assertThat(codec.decode(key, damaged)).isNull();
    }

    @Property(tries = 500)
    void noiseIsNoAnswer(@ForAll byte[] noise) {
        assertThat(codec.decode(Answers.key(1), noise)).isNull();
    }

    @Provide
    Arbitrary<CachedAnswer> answers() {
        Arbitrary<byte[]> bodies =
                Arbitraries.oneOf(
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(3000),
                        Arbitraries.strings()
                                .ascii()
                                .ofMaxLength(40)
                                .map(text -> text.repeat(60).getBytes(UTF_8)));
        Arbitrary<String> names =
                Arbitraries.strings().ofMaxLength(30).map(AnswerCodecTest::wellFormed);
        Arbitrary<Labels> labels =
                Combinators.combine(names, names, names.list().ofMaxSize(4)).as(Labels::new);
        return Combinators.combine(
                        Arbitraries.of(Form.class),
                        bodies,
                        names,
                        names,
                        names,
                        Arbitraries.longs(),
                        Arbitraries.longs(),
                        labels)
                .as((form, body, type, model, deployment, some, more, label) ->
                        new CachedAnswer(
                                form,
                                body,
                                type,
                                model,
                                deployment,
                                some,
                                more,
                                some,
                                more,
                                label));
    }

    /** Half a surrogate pair has no UTF-8. */
    private static String wellFormed(String text) {
        return new String(text.getBytes(UTF_8), UTF_8);
    }

    @Test
    void aLongAnswerOfWordsIsMuchShorter() {
        String text =
                "{\"role\": \"assistant\", \"content\": \"Paris is the capital.\"}".repeat(100);

        assertThat(codec.encode(Answers.key(1), Answers.answer(text, 1)))
                .hasSizeLessThan(text.length() / 4);
    }

    @Test
    void anAnswerUnderAnotherKeyIsNone() {
        byte[] bytes = requireNonNull(codec.encode(Answers.key(1), Answers.answer("a", 1)));

        assertThat(codec.decode(Answers.key(1), bytes)).isNotNull();
        assertThat(codec.decode(Answers.key(2), bytes)).isNull();
    }

    @Test
    void anAnswerOfAnotherFleetIsNone() {
        byte[] bytes = requireNonNull(codec.encode(Answers.key(1), Answers.answer("a", 1)));

        assertThat(new AnswerCodec(FLEET).decode(Answers.key(1), bytes)).isNotNull();
        assertThat(new AnswerCodec(new Secret("other")).decode(Answers.key(1), bytes)).isNull();
        assertThat(new AnswerCodec(null).decode(Answers.key(1), bytes)).isNull();
    }

    @Test
    void anAnswerOfALaterVersionIsNone() {
        byte[] bytes = requireNonNull(codec.encode(Answers.key(1), Answers.answer("a", 1)));
        bytes[0]++;

        assertThat(codec.decode(Answers.key(1), bytes)).isNull();
    }

    @Test
    void anEndlessNameIsNotKept() {
        var labels = new Labels("group", "n".repeat(70_000), List.of());

        assertThat(codec.encode(Answers.key(1), Answers.answer("a", 1, 1, labels))).isNull();
    }
}
