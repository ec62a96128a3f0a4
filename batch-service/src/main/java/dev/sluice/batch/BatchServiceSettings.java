package dev.sluice.batch;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import java.net.URI;
import java.nio.file.Path;

/**
 * Where the service listens, and what it works with.
 *
 * @param host the address to listen on; internal, callers come through the ingress
 * @param port the port to listen on, 0 for a free one
 * @param data folder of its own; files are kept in it unless they are kept elsewhere
 * @param database where batches are kept
 * @param ingress the internal listener of an ingress, through which lines are called
 * @param credential what services authenticate with, as a bearer
 * @param limits the bounds of files and batches
 */
public record BatchServiceSettings(
        String host,
        int port,
        Path data,
        KafkaSettings kafka,
        BatchDatabase.Access database,
        URI ingress,
        Secret credential,
        Limits limits) {

    public BatchServiceSettings {
        requireNonNull(host, "host is null");
        requireNonNull(data, "data is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(database, "database is null");
        requireNonNull(ingress, "ingress is null");
        requireNonNull(credential, "credential is null");
        requireNonNull(limits, "limits is null");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port is %d, not in [0, 65535]".formatted(port));
        }
        if (credential.reveal().isEmpty()) {
            throw new IllegalArgumentException("credential is empty");
        }
    }

    /**
     * The bounds of files and batches.
     *
     * @param fileBytes of one file
     * @param inputBytes of the input file of a batch
     * @param inputLines of the input file of a batch
     * @param concurrency calls under way at once, of one process
     * @param ahead lines that are handed out and not done, of all processes
     */
    public record Limits(
            long fileBytes, long inputBytes, int inputLines, int concurrency, int ahead) {

        /** OpenAI's: 512 MB, 200 MB, 50,000 lines; 128 calls at once, 4,096 lines ahead. */
        public static final Limits DEFAULTS =
                new Limits(512L << 20, 200L << 20, 50_000, 128, 4_096);
    }
}
