package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptCacheTest {

    private final PromptCache cache = new PromptCache();

    @Test
    void knowsTheLongestPrefixThatTheSameScopeHasShown() {
        assertThat(cache.cachedTokens(1, prompt(10, 11, 12))).isZero();

        assertThat(cache.cachedTokens(1, prompt(10, 11, 99))).isEqualTo(1024 + 128);
        assertThat(cache.cachedTokens(1, prompt(10, 11, 12))).isEqualTo(1024 + 256);
        assertThat(cache.cachedTokens(1, prompt(10))).isEqualTo(1024);
    }

    @Test
    void keepsScopesApart() {
        cache.cachedTokens(1, prompt(10));

        assertThat(cache.cachedTokens(2, prompt(10))).isZero();
    }

    @Test
    void neverCachesAShortPrompt() {
        cache.cachedTokens(1, prompt());

        assertThat(cache.cachedTokens(1, prompt())).isZero();
    }

    private static Prompt prompt(long... prefixes) {
        return new Prompt(7, 5000, prefixes);
    }
}
