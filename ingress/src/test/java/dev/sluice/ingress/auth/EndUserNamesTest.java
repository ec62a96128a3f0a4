package dev.sluice.ingress.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class EndUserNamesTest {

    private static final EndUserNames NAMES = new EndUserNames("X-Own-User");

    @Test
    void readsLiteLlmsHeadersThenTheOperatorsThenTheBody() {
        Map<String, List<String>> all =
                Map.of(
                        "x-litellm-customer-id", List.of("customer"),
                        "x-litellm-end-user-id", List.of("end-user"),
                        "x-own-user", List.of("own"));

        assertThat(known(all, "body").names())
                .containsExactly("customer", "end-user", "own", "body");
        assertThat(known(all, "body").first()).isEqualTo("customer");
        assertThat(known(Map.of("x-own-user", List.of("own")), "body").first()).isEqualTo("own");
        assertThat(known(Map.of(), "body").first()).isEqualTo("body");
        assertThat(known(Map.of(), null).first()).isNull();
    }

    @Test
    void readsNoHeaderThatNobodyHasConfigured() {
        var names = new EndUserNames(null);

        assertThat(names.of(headers(Map.of("x-own-user", List.of("own"))), null))
                .isEqualTo(new EndUserNames.Known(List.of()));
    }

    @Test
    void keepsEveryNameOfAHeaderThatIsSentTwiceAndNoBlankOne() {
        Map<String, List<String>> twice =
                Map.of("x-litellm-customer-id", List.of(" ", "good", "bad ", "good"));

        assertThat(known(twice, "good").names()).containsExactly("good", "bad");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00e9", "a\u0000", "a\tb", "\ufffd"})
    void refusesWhatCanBeReadInMoreThanOneWay(String value) {
        var named = NAMES.of(headers(Map.of("x-own-user", List.of(value))), "body");

        assertThat(named)
                .isInstanceOfSatisfying(
                        EndUserNames.Refused.class,
                        refused -> {
                            assertThat(refused.error().status()).isEqualTo(400);
                            assertThat(refused.error().message()).doesNotContain(value);
                        });
    }

    @Test
    void refusesANameTooLongForTheBooksWhereverItStands() {
        String longest = "u".repeat(512);

        assertThat(known(Map.of("x-own-user", List.of(longest)), null).first()).isEqualTo(longest);
        assertThat(NAMES.of(headers(Map.of("x-own-user", List.of(longest + "u"))), "body"))
                .isInstanceOf(EndUserNames.Refused.class);
        assertThat(NAMES.of(headers(Map.of("x-own-user", List.of("u"))), longest + "u"))
                .isInstanceOf(EndUserNames.Refused.class);
    }

    private static EndUserNames.Known known(
            Map<String, List<String>> headers, @Nullable String inBody) {
        return (EndUserNames.Known) NAMES.of(headers(headers), inBody);
    }

    private static HeaderSource headers(Map<String, List<String>> headers) {
        return name -> headers.getOrDefault(name, List.of());
    }
}
