package dev.sluice.schemas.config;

import java.time.Duration;

/**
 * The block {@code sluice.queue}: calls that wait before a model group whose deployments have all
 * that they may get.
 *
 * @param maxWaiting calls that wait before one group; 0: nobody waits
 * @param maxWaitingBytes bodies of the calls that wait before one group
 * @param timeout how long a call waits at most
 * @param adaptiveConcurrency what a deployment's learned limit does: {@code spill} sends calls to
 *     others, and beyond the limit where those have enough too; {@code wait} lets them wait then;
 *     {@code off}: nothing
 */
public record QueueSettings(
        @Key(min = "0", max = "100000", standard = "256") int maxWaiting,
        @Key(min = "1", standard = "134217728") long maxWaitingBytes,
        @Key(standard = "10", min = "0.001") Duration timeout,
        @Key(standard = "spill") Learned adaptiveConcurrency) {

    /** 256 calls and 128 MiB a group, ten seconds. */
    public static final QueueSettings DEFAULTS = RecordBinder.standard(QueueSettings.class);

    /** What a learned limit does. */
    public enum Learned {
        OFF,
        SPILL,
        WAIT
    }
}
