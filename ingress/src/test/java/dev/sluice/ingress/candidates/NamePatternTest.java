package dev.sluice.ingress.candidates;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

class NamePatternTest {

    @ParameterizedTest
    @CsvSource({
        "openai/*, openai/gpt-foo, openai/*, openai/gpt-foo",
        "*, openai/gpt-foo, *, openai/gpt-foo",
        "llmengine/*, llmengine/x, openai/*, openai/x",
        "a::*:b, a::model:b, azure/*, azure/model",
        "*mini*, gpt-mini-x, vendor/*mini*, vendor/gpt-mini-x",
        "*-mini, gpt-4-mini, openai/fixed, openai/fixed",
        "x/*/*, x/a/b/c, y/*-*, y/a/b-c",
    })
    void putsWhatTheStarsStandForIntoTheProvidersName(
            String pattern, String name, String model, String filled) {
        List<String> taken = Objects.requireNonNull(new NamePattern(pattern).match(name));

        assertThat(NamePattern.fill(model, taken)).isEqualTo(filled);
    }

    @ParameterizedTest
    @CsvSource({"openai/*, openaigpt", "*mini, minimum", "aa*aa, aaa", "a*b*c, acb", "x/*/*, x/a"})
    void takesNoNameThatIsNotThePatterns(String pattern, String name) {
        assertThat(new NamePattern(pattern).match(name)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai/../../admin",
                "openai//x",
                "openai/x?y=1",
                "openai/x#y",
                "openai/a b",
                "openai/a\r\nb",
                "openai/%2e%2e",
                "openai/",
                "/openai/x",
                "openai/*",
                "openai/ü"
            })
    void takesNoNameThatCouldLeadElsewhere(String name) {
        assertThat(new NamePattern("openai/*").match(name)).isNull();
        assertThat(new NamePattern("*").match(name)).isNull();
    }

    @Test
    void takesNoNameOfAnyLengthAndStaysFast() {
        var pattern = new NamePattern("*a*a*a*a*a*a*a*b");
        long begin = System.nanoTime();

        assertThat(pattern.match("a".repeat(256))).isNull();
        assertThat(new NamePattern("*").match("a".repeat(257))).isNull();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
    }

    /** R12: the most specific pattern comes first. */
    @Test
    void r12PutsTheMostSpecificPatternFirst() {
        assertThat(
                        NamePattern.sorted(
                                List.of("*", "gpt-4", "llmengine/*", "*engine/*", "llmengine/x*")))
                .extracting(NamePattern::text)
                .containsExactly("llmengine/x*", "llmengine/*", "*engine/*", "*");
    }
}
