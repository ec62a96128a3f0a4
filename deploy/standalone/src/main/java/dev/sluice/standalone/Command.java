package dev.sluice.standalone;

import dev.sluice.ingress.IngressSettings.InternalListener;
import dev.sluice.ingress.IngressSettings.TlsFiles;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.Set;

/** What the command line asks for. Folders are null where the default below the home is meant. */
public sealed interface Command {

    /** The whole house against a simulated provider. */
    record Demo(int port, int simulatorPort, @Nullable Path data) implements Command {}

    /**
     * The whole house.
     *
     * @param host null for every address, or loopback where there is no master key
     * @param tls null for plain HTTP
     */
    record Start(
            @Nullable Path config,
            @Nullable String host,
            int port,
            @Nullable Path data,
            @Nullable TlsFiles tls)
            implements Command {}

    /** Whether the config is right. */
    record Check(@Nullable Path config) implements Command {}

    /**
     * The front alone.
     *
     * @param internal where our own services call lines of batches; null for nowhere
     */
    record Ingress(
            Path config,
            @Nullable String host,
            int port,
            @Nullable Path data,
            @Nullable TlsFiles tls,
            @Nullable InternalListener internal)
            implements Command {}

    /** The attempt statistics alone. */
    record RouterWorker(Path config, @Nullable Path data) implements Command {}

    /** The books alone. */
    record SpendAggregator(Path config, String host, int port) implements Command {}

    /**
     * Files and batches alone.
     *
     * @param ingress the internal listener of a gateway, through which lines are called
     */
    record BatchService(Path config, String host, int port, @Nullable Path data, URI ingress)
            implements Command {}

    /**
     * The simulated provider alone.
     *
     * @param profile the one latency profile of every model, null for each model's own
     */
    record Simulator(String host, int port, @Nullable String profile) implements Command {}

    /** The embedded broker alone. */
    record Kafka(int port, @Nullable Path data) implements Command {}

    /** The embedded database alone. */
    record Postgres(int port, @Nullable Path data) implements Command {}

    /**
     * Ships the journal of a process that is gone.
     *
     * @param directory the journal, or the data folder that it is in
     * @param config where Kafka is named; null where {@code kafka} is not
     * @param kafka addresses of brokers
     */
    record DrainJournal(
            Path directory, @Nullable Path config, @Nullable String kafka, Duration timeout)
            implements Command {}

    /**
     * The house in processes that are killed, and the books compared with the provider's.
     *
     * @param report where the table is written, null: only printed
     */
    record Chaos(int minutes, long seed, @Nullable Path data, @Nullable Path report)
            implements Command {}

    /**
     * Recorded answers of providers, called through the gateway.
     *
     * @param folder with {@code facts.jsonl} in it or beside it
     * @param cuts in how many places each stream is cut
     */
    record VerifyTranscripts(Path folder, int cuts) implements Command {}

    /**
     * The routing strategies, compared in virtual time.
     *
     * @param traces recorded arrivals, null for those beside the project
     * @param scenarios names, none for all
     */
    record VerifyRouting(@Nullable Path traces, long seed, int seeds, Set<String> scenarios)
            implements Command {

        public VerifyRouting {
            scenarios = Set.copyOf(scenarios);
        }
    }

    /**
     * The semantic cache, asked what is known.
     *
     * @param pairs folder of files with questions
     * @param threshold the one to look at, empty for a table of many
     */
    record VerifySemantic(Path pairs, OptionalDouble threshold) implements Command {}

    /** A run that teaches the JVM what a start loads; the launcher's, not a user's. */
    record Train() implements Command {}

    /** The list of verbs. */
    record Help() implements Command {}

    /** A command line that means nothing, with the sentence that says why. */
    record Misuse(String message) implements Command {}
}
