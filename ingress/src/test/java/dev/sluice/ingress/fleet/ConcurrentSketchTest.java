package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.LatencySketch;

import org.junit.jupiter.api.Test;

import java.util.Map;

class ConcurrentSketchTest {

    private final ConcurrentSketch sketch = new ConcurrentSketch();

    @Test
    void drainsWhatWasAddedSinceTheLastTime() {
        sketch.add(5);
        sketch.add(5);
        sketch.add(1_000);

        assertThat(sketch.drain().counts())
                .isEqualTo(Map.of(5, 2L, LatencySketch.bucketOf(1_000), 1L));
        assertThat(sketch.drain()).isEqualTo(LatencySketch.EMPTY);
    }

    @Test
    void holdsTimesOfAnyLength() {
        sketch.add(-1);
        sketch.add(0);
        sketch.add(Long.MAX_VALUE);

        LatencySketch drained = sketch.drain();

        assertThat(drained.counts().get(0)).isEqualTo(2);
        assertThat(drained.quantile(1)).isGreaterThan(3_600_000_000L);
    }
}
