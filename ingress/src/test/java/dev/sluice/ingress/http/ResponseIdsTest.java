package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.http.ResponseIds.Kept;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;

import java.util.Base64;

/** A response's name is good in the mouth of its owner only. */
class ResponseIdsTest {

    private static final Kept KEPT = new Kept("0123456789abcdef", "resp_67d4472d4e7c8190");

    private final ResponseIds ids = new ResponseIds(new Secret("shared by all ingresses"));

    @Test
    void theOwnerFindsHisResponseAtAnyIngress() {
        String name = ids.seal("team:a", KEPT);

        assertThat(name).startsWith("resp_").doesNotContain(KEPT.providerId());
        assertThat(name).isEqualTo(ids.seal("team:a", KEPT));
        assertThat(new ResponseIds(new Secret("shared by all ingresses")).open("team:a", name))
                .hasValue(KEPT);
    }

    @Test
    void nobodyElseDoes() {
        String name = ids.seal("team:a", KEPT);

        for (String tenant : new String[] {"team:b", "user:a", "team:", "team:a ", ""}) {
            assertThat(ids.open(tenant, name)).isEmpty();
        }
        assertThat(new ResponseIds(new Secret("another key")).open("team:a", name)).isEmpty();
        assertThat(new ResponseIds(null).open("team:a", name)).isEmpty();
    }

    @Test
    void everyChangeIsSeen() {
        byte[] sealed =
                Base64.getUrlDecoder().decode(ids.seal("team:a", KEPT).substring("resp_".length()));
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;

            assertThat(ids.open("team:a", name(changed))).as("byte %d", i).isEmpty();
        }
    }

    @Test
    void whatIsNoNameIsNone() {
        for (String name :
                new String[] {
                    "", "resp_", "resp_AA", "resp_!", "resp_1", "x", "resp_" + "A".repeat(5_000)
                }) {
            assertThat(ids.open("team:a", name)).isEmpty();
        }
    }

    @Test
    void withoutAKeyNamesHoldWithinTheProcess() {
        var alone = new ResponseIds(null);

        assertThat(alone.open("t", alone.seal("t", KEPT))).hasValue(KEPT);
    }

    private static String name(byte[] sealed) {
        return "resp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }
}
