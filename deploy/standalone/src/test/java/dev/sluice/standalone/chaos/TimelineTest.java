package dev.sluice.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.standalone.chaos.Timeline.Happening;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.stream.Collectors;

class TimelineTest {

    private static final Duration LENGTH = Duration.ofMinutes(10);
    private static final Duration STOP = Duration.ofSeconds(20);

    @Test
    void isTheSameForTheSameSeedOnly() {
        assertThat(Timeline.draw(1, 20, LENGTH, STOP))
                .isEqualTo(Timeline.draw(1, 20, LENGTH, STOP));
        assertThat(Timeline.draw(1, 20, LENGTH, STOP))
                .isNotEqualTo(Timeline.draw(2, 20, LENGTH, STOP));
    }

    @Test
    void doesEverythingToEverybodyBeforeItRepeatsItself() {
        Timeline timeline = Timeline.draw(7, 20, LENGTH, STOP);

        assertThat(timeline.happenings()).hasSize(20);
        assertThat(
                        timeline.happenings().stream()
                                .limit(18)
                                .map(each -> each.target() + " " + each.deed())
                                .collect(Collectors.toSet()))
                .hasSize(18);
    }

    @Test
    void staysWithinItsLengthAndInOrder() {
        Timeline timeline = Timeline.draw(3, 20, LENGTH, STOP);

        assertThat(timeline.happenings()).extracting(Happening::at).isSorted();
        assertThat(timeline.happenings())
                .allSatisfy(each -> assertThat(each.at()).isLessThan(LENGTH));
        assertThat(timeline.happenings().stream().filter(each -> each.deed() == Deed.STOP))
                .allSatisfy(each -> assertThat(each.away()).isEqualTo(STOP));
    }
}
