package dev.sluice.router;

import dev.sluice.schemas.Topics;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * From what each ingress saw to what the fleet knows.
 *
 * <pre>
 *  sluice.attempts.v1 ── by deployment ── {@link StatisticsProcessor} ── at most 4/s each ── sluice.deployments.v1
 *                                          figures in memory only
 * </pre>
 *
 * <p>Values stay bytes until the processor has seen that they are fresh: after a pause, the backlog
 * is skipped at the speed of reading.
 */
final class AttemptTopology {

    private AttemptTopology() {}

    static Topology build(RouterMetrics metrics) {
        var builder = new StreamsBuilder();
        builder.stream(
                        Topics.ATTEMPTS.name(),
                        Consumed.with(Serdes.String(), Serdes.ByteArray()).withName("attempts"))
                .process(() -> new StatisticsProcessor(metrics))
                .to(
                        Topics.DEPLOYMENTS.name(),
                        Produced.with(Serdes.String(), Serdes.ByteArray()).withName("deployments"));
        return builder.build();
    }
}
