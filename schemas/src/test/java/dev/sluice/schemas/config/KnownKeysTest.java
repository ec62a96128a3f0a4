package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

class KnownKeysTest {

    /** Keys that the reader itself takes, or that stand for another block's. */
    private static final Set<String> OF_THE_READER =
            Set.of(
                    "litellm_settings.cache",
                    "litellm_settings.cache_params",
                    "litellm_settings.fallbacks",
                    "litellm_settings.default_fallbacks",
                    "litellm_settings.context_window_fallbacks",
                    "litellm_settings.content_policy_fallbacks",
                    "litellm_settings.cache_params.redis_url",
                    "general_settings.cache",
                    "general_settings.cache_params");

    @Test
    void hasAPlaceForEveryKeyThatIsInForce() {
        List<String> lost = new ArrayList<>();
        ConfigReference.sections()
                .forEach(section -> {
                    Set<String> keys = ConfigReference.keysOf(section.type());
                    KnownKeys.IN_FORCE.getOrDefault(section.path(), Set.of()).stream()
                            .filter(key -> !keys.contains(key))
                            .map(key -> section.path() + "." + key)
                            .filter(key -> !OF_THE_READER.contains(key))
                            .forEach(lost::add);
                });

        assertThat(lost).isEmpty();
    }

    @Test
    void namesNoKeyInTwoPlaces() {
        ConfigReference.sections()
                .forEach(section ->
                        assertThat(KnownKeys.understood(section.path()))
                                .as(section.path())
                                .noneMatch(ConfigReference.keysOf(section.type())::contains));
    }
}
