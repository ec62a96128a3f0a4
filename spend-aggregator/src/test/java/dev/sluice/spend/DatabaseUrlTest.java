package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class DatabaseUrlTest {

    @Test
    void translatesWhatPrismaWrites() {
        DatabaseUrl url =
                DatabaseUrl.parse(
                        "postgresql://litellm:s3cret@db:5433/books?schema=llm&connection_limit=25"
                                + "&pool_timeout=10&sslmode=require&pgbouncer=true");

        assertThat(url.jdbcUrl())
                .isEqualTo("jdbc:postgresql://db:5433/books?currentSchema=llm&sslmode=require");
        assertThat(url.user()).isEqualTo("litellm");
        assertThat(url.password().reveal()).isEqualTo("s3cret");
        assertThat(url.poolSize()).isEqualTo(25);
        assertThat(url.poolTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(url.ignored()).isEmpty();
    }

    @Test
    void takesThePoolOfTheConfigUnlessItNamesOne() {
        Duration patience = Duration.ofSeconds(7);

        DatabaseUrl plain = DatabaseUrl.parse("postgresql://u:p@h/d", 1, patience);
        DatabaseUrl own =
                DatabaseUrl.parse(
                        "postgresql://u:p@h/d?connection_limit=3&pool_timeout=1", 20, patience);

        assertThat(plain.poolSize()).isEqualTo(2);
        assertThat(plain.poolTimeout()).isEqualTo(patience);
        assertThat(own.poolSize()).isEqualTo(3);
        assertThat(own.poolTimeout()).isEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @CsvSource({
        "postgres://u:p@h/d, jdbc:postgresql://h/d",
        "postgresql://u:p@h, jdbc:postgresql://h/",
        "postgresql://u:p@[::1]:5432/d, jdbc:postgresql://[::1]:5432/d",
        "'postgresql://u:p@a:1,b:2/d', 'jdbc:postgresql://a:1,b:2/d'",
        "jdbc:postgresql://u:p@h/d?prepareThreshold=0, jdbc:postgresql://h/d",
        "postgresql://h/d?user=u&password=p, jdbc:postgresql://h/d",
        "postgresql://u:p@h/d?options=-c%20x%3D1, jdbc:postgresql://h/d?options=-c+x%3D1",
    })
    void takesEveryForm(String url, String jdbcUrl) {
        DatabaseUrl parsed = DatabaseUrl.parse(url);

        assertThat(parsed.jdbcUrl()).isEqualTo(jdbcUrl);
        assertThat(parsed.user()).isEqualTo("u");
        assertThat(parsed.password().reveal()).isEqualTo("p");
        assertThat(parsed.ignored()).isEmpty();
    }

    @Test
    void decodesPercentSignsButKeepsThePlus() {
        DatabaseUrl url = DatabaseUrl.parse("postgresql://u%40x:a%2Fb+c%3A:d@h/d");

        assertThat(url.user()).isEqualTo("u@x");
        assertThat(url.password().reveal()).isEqualTo("a/b+c::d");
    }

    @Test
    void keepsAnAtSignThatWasNotEscaped() {
        assertThat(DatabaseUrl.parse("postgresql://u:p@ss@h/d").password().reveal())
                .isEqualTo("p@ss");
    }

    @Test
    void leavesRoomForTheSinkInTheSmallestPool() {
        assertThat(DatabaseUrl.parse("postgresql://h/d?connection_limit=1").poolSize())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mysql://u:hidden@h/d",
                "postgresql://",
                "postgresql:///d",
                "postgresql://u:hidden%zz@h/d",
                "postgresql://u:hidden@h/d?connection_limit=many",
            })
    void refusesWhatItCannotReadWithoutRepeatingIt(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DatabaseUrl.parse(url))
                .withMessageContaining("database_url")
                .withMessageNotContaining("hidden");
    }
}
