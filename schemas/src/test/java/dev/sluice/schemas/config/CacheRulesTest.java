package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.CacheRules.Share;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Locale;

/** The block {@code sluice.cache}. */
class CacheRulesTest {

    @Test
    void sharesInATeamAndCoalescesUnlessToldOtherwise() throws Exception {
        assertThat(read("{}")).isEqualTo(CacheRules.DEFAULTS);
        assertThat(CacheRules.DEFAULTS).isEqualTo(new CacheRules(Share.TEAM, true));
        assertThat(read("{coalesce: false}").coalesce()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Share.class)
    void knowsWhoMayShare(Share share) throws Exception {
        String word = share.name().toLowerCase(Locale.ROOT);

        assertThat(read("{share: %s}".formatted(word)).share()).isEqualTo(share);
    }

    @ParameterizedTest
    @ValueSource(strings = {"share: everybody", "coalesce: 3"})
    void namesWhatIsWrong(String setting) {
        assertThatThrownBy(() -> read("{" + setting + "}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("sluice.cache." + setting.split(":", 2)[0]);
    }

    private static CacheRules read(String yaml) throws Exception {
        return ConfigReader.parse(
                        "config.yaml", "model_list: []\nsluice: {cache: %s}\n".formatted(yaml))
                .sluice()
                .cache();
    }
}
