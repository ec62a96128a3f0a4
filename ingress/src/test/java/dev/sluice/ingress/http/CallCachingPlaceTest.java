package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.cache.AnswerCache;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CachedAnswer;
import dev.sluice.ingress.cache.Flight;
import dev.sluice.providers.openai.EmbeddingAnswer;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.InputItems;
import dev.sluice.providers.openai.RequestPeek;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** Where the answer to a list is kept, as more or less of it turns out to be known. */
class CallCachingPlaceTest {

    private static final CacheControl CONTROL =
            new CacheControl(true, true, "", Long.MAX_VALUE, 60_000);
    private static final CachedAnswer.Labels LABELS =
            new CachedAnswer.Labels("vectors", "", List.of());

    @Test
    void keepsItsFollowersWhenAPartTurnsOutToBeKnown() {
        var flight = new Flight();
        CallCaching.Place leading = place(rest(false, false)).with(flight);

        CallCaching.Place less = leading.with(rest(true, false));

        assertThat(less.flight()).isSameAs(flight);
        assertThat(less.isLeader()).isTrue();
        assertThat(requireNonNull(less.rest()).knownInputs()).isEqualTo(1);
    }

    @Test
    void savesNothingWhereAllIsAskedForAfterAll() {
        var flight = new Flight();
        CallCaching.Place part = place(rest(true, false)).with(flight);
        assertThat(requireNonNull(part.rest()).savedPico()).isEqualTo(7);

        CallCaching.Place all = part.ofAll();

        assertThat(requireNonNull(all.rest()).savedPico()).isZero();
        assertThat(requireNonNull(all.rest()).isAll()).isTrue();
        assertThat(all.flight()).isSameAs(flight);
    }

    @Test
    void isAsOldAsItsOldestPart() {
        CachedAnswer whole = rest(true, true).whole(20_000);

        assertThat(whole.completeAtMillis()).isEqualTo(2_000);
        assertThat(whole.costPico()).isEqualTo(14);
    }

    private static CallCaching.Place place(EmbeddingCaching.Rest rest) {
        return new CallCaching.Place(
                rest.key(), CONTROL, LABELS, new CallCaching.Asked(0, 0), rest, null);
    }

    private static EmbeddingCaching.Rest rest(boolean firstIsKnown, boolean secondIsKnown) {
        AnswerKey key = AnswerKey.of("tenant", "vectors", "", new byte[32]);
        return new EmbeddingCaching.Rest(
                key,
                List.of(key, key),
                inputs(),
                List.of(known(firstIsKnown, 1_000_000, 5_000), known(secondIsKnown, 2_000_000, 0)),
                CONTROL);
    }

    private static Optional<EmbeddingCaching.Known> known(
            boolean isKnown, long tookMicros, long askedAtMillis) {
        if (!isKnown) {
            return Optional.empty();
        }
        byte[] body = "{\"data\":[{\"index\":0,\"embedding\":[1]}]}".getBytes(UTF_8);
        var answer =
                new CachedAnswer(
                        CachedAnswer.Form.PLAIN,
                        body,
                        "",
                        "e",
                        "a",
                        7,
                        tookMicros,
                        askedAtMillis,
                        60_000,
                        LABELS);
        return Optional.of(
                new EmbeddingCaching.Known(
                        EmbeddingAnswer.read(body, body.length).orElseThrow(),
                        answer,
                        AnswerCache.Tier.PROCESS));
    }

    private static InputItems inputs() {
        byte[] body = "{\"model\":\"vectors\",\"input\":[\"a\",\"b\"]}".getBytes(UTF_8);
        var facts =
                (RequestPeek.Facts) RequestPeek.of(Endpoint.EMBEDDINGS, body, body.length, true);
        return requireNonNull(facts.inputs());
    }
}
