package dev.sluice.testkit;

/** The Kafka broker of this test run. Topics are not created by themselves. */
public final class KafkaBroker implements AutoCloseable {

    private final String bootstrapServers;
    private final Kind kind;
    private final Runnable stop;

    KafkaBroker(String bootstrapServers, Kind kind, Runnable stop) {
        this.bootstrapServers = bootstrapServers;
        this.kind = kind;
        this.stop = stop;
    }

    enum Kind {
        CONTAINER("container"),
        IN_PROCESS("in-process");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    /** Starts a broker in process that is this test's own, so that it can be stopped. */
    public static KafkaBroker start() {
        return KafkaBrokers.inProcess();
    }

    /** Where clients connect: {@code host:port}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** How it runs: {@code container} or {@code in-process}. */
    public String kind() {
        return kind.label;
    }

    /** Stops it; the extension does so at the end of the run. */
    @Override
    public void close() {
        stop.run();
    }
}
