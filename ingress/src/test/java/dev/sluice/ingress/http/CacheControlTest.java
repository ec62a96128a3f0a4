package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.providers.openai.CacheControls;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheControlTest {

    private static final long HOUR = 3_600_000;
    private static final long FOREVER = Long.MAX_VALUE;
    private static final CacheControl USUAL = new CacheControl(true, true, "own", FOREVER, HOUR);

    @Test
    void leavesEverythingAsItIsWhereNothingIsSaid() {
        assertThat(USUAL.with(null, CacheControls.NONE)).isSameAs(USUAL);
        assertThat(USUAL.within(HOUR)).isSameAs(USUAL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // header | read | store | oldest in s | life in s
                "max-age=60 | true | true | 60 | 60",
                "s-maxage=60 | true | true | 60 | 60",
                "max-age=60, s-maxage=20 | true | true | 20 | 20",
                "max-age=20, s-maxage=60 | true | true | 20 | 60",
                "'max-age=\"60\"' | true | true | 60 | 60",
                "Max-Age=60 | true | true | 60 | 60",
                "max-age = 60 | true | true | 60 | 60",
                "max-age=-5 | false | true | 0 | 0",
                "max-age=1.5 | false | true | 0 | 0",
                "no-cache | false | true | -1 | 3600",
                "no-store | true | false | -1 | 3600",
                "private, must-revalidate | true | true | -1 | 3600",
                "'' | true | true | -1 | 3600",
            })
    void readsTheHeader(String header, boolean read, boolean store, long oldest, long life) {
        assertThat(USUAL.with(header, CacheControls.NONE))
                .isEqualTo(
                        new CacheControl(
                                read,
                                store,
                                "own",
                                oldest < 0 ? FOREVER : oldest * 1000,
                                life * 1000));
    }

    @Test
    void takesTheStricterOfHeaderAndBody() {
        var body = new CacheControls(false, true, 30, 10, "theirs", null);

        assertThat(USUAL.with("max-age=60, no-cache", body))
                .isEqualTo(new CacheControl(false, false, "theirs", 10_000, 30_000));
        assertThat(USUAL.with("max-age=5", body).maxAgeMillis()).isEqualTo(5_000);
    }

    @Test
    void keepsNothingForNoTimeAndNothingForEver() {
        var never = new CacheControls(false, false, 0, -1, null, null);
        var always = new CacheControls(false, false, 1_000_000_000, -1, null, null);

        assertThat(USUAL.with(null, never).within(HOUR).mayStore()).isFalse();
        assertThat(USUAL.with(null, always).within(HOUR).lifetimeMillis()).isEqualTo(HOUR);
    }

    @Test
    void isOffWhereTheCallerSaysSo() {
        var off = new CacheControls(false, false, -1, -1, null, false);

        CacheControl control = USUAL.with(null, off);

        assertThat(control.mayRead()).isFalse();
        assertThat(control.mayStore()).isFalse();
        assertThat(control.mayFollow()).isFalse();
    }
}
