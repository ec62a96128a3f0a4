package dev.sluice.ingress.similar;

import dev.sluice.semantics.encoding.Embedder;
import dev.sluice.semantics.encoding.Encoding;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Knows the angle of each text; who asks for another is refused. */
final class FakeEmbedder implements Embedder {

    private final Map<String, Double> angles = new ConcurrentHashMap<>();

    /** The cosine of two texts is that of the difference of their angles. */
    FakeEmbedder knows(String text, double degrees) {
        angles.put(text, Math.toRadians(degrees));
        return this;
    }

    @Override
    public Encoding encode(String text, Duration within) {
        Double angle = angles.get(text);
        return angle == null
                ? new Encoding.Refused(Encoding.Reason.LATE)
                : new Encoding.Encoded(
                        new float[] {(float) Math.cos(angle), (float) Math.sin(angle)});
    }

    @Override
    public int dimensions() {
        return 2;
    }
}
