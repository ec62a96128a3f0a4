package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.QueueSettings.Learned;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/** The block {@code sluice.queue}. */
class QueueSettingsTest {

    @Test
    void callsWaitTenSecondsAndForNothingThatIsOnlyLearned() throws Exception {
        assertThat(read(""))
                .isEqualTo(QueueSettings.DEFAULTS)
                .isEqualTo(
                        new QueueSettings(256, 134_217_728, Duration.ofSeconds(10), Learned.SPILL));
    }

    @Test
    void readsAllOfIt() throws Exception {
        assertThat(
                        read(
                                "sluice: {queue: {max_waiting: 0, max_waiting_bytes: 5, timeout: 0.5,"
                                        + " adaptive_concurrency: off}}"))
                .isEqualTo(new QueueSettings(0, 5, Duration.ofMillis(500), Learned.OFF));
        assertThat(read("sluice: {queue: {adaptive_concurrency: wait}}").adaptiveConcurrency())
                .isEqualTo(Learned.WAIT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "max_waiting: -1",
                "max_waiting_bytes: 0",
                "timeout: 0",
                "adaptive_concurrency: on"
            })
    void refusesWhatMakesNoSense(String setting) {
        assertThatThrownBy(() -> read("sluice: {queue: {" + setting + "}}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("sluice.queue." + setting.split(":", 2)[0]);
    }

    private static QueueSettings read(String yaml) throws InvalidConfigException {
        return ConfigReader.parse("config.yaml", "model_list: []\n" + yaml).sluice().queue();
    }
}
