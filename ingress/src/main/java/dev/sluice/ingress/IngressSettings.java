package dev.sluice.ingress;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * What one ingress process is given beside the config file.
 *
 * @param port 0 for any free one
 * @param data folder for the journal; no other process may use it
 * @param spendAggregator where reports come from, null for none
 * @param batchService where files and batches are, null for none
 * @param credential what the services show each other
 * @param masterKey null: everybody is admin
 * @param tls null: plain HTTP
 * @param signingKey what account records are signed with, null for no accounts: then the master key
 *     is the only one
 * @param internal where our own services call on behalf of others; null for nowhere
 * @param environment where {@code os.environ/NAME} is looked up; empty for a name that is not set
 */
public record IngressSettings(
        String host,
        int port,
        Path data,
        KafkaSettings kafka,
        @Nullable URI spendAggregator,
        @Nullable URI batchService,
        Secret credential,
        @Nullable Secret masterKey,
        @Nullable TlsFiles tls,
        @Nullable Secret signingKey,
        @Nullable InternalListener internal,
        UnaryOperator<String> environment) {

    /**
     * A second listener, for our own services only.
     *
     * @param port 0 for any free one
     */
    public record InternalListener(String host, int port) {

        public InternalListener {
            requireNonNull(host, "host is null");
        }
    }

    /** The same with a listener for our own services. */
    public IngressSettings withInternal(InternalListener listener) {
        return new IngressSettings(
                host,
                port,
                data,
                kafka,
                spendAggregator,
                batchService,
                credential,
                masterKey,
                tls,
                signingKey,
                listener,
                environment);
    }

    /**
     * What is needed to speak TLS.
     *
     * @param key the private key in PEM, PKCS#8 or PKCS#1
     * @param certificate its certificate in PEM, with the chain behind it
     */
    public record TlsFiles(Path key, Path certificate) {}

    /** An ingress without files and batches, and without an internal listener. */
    public IngressSettings(
            String host,
            int port,
            Path data,
            KafkaSettings kafka,
            @Nullable URI spendAggregator,
            Secret credential,
            @Nullable Secret masterKey,
            @Nullable TlsFiles tls,
            @Nullable Secret signingKey,
            UnaryOperator<String> environment) {
        this(
                host,
                port,
                data,
                kafka,
                spendAggregator,
                null,
                credential,
                masterKey,
                tls,
                signingKey,
                null,
                environment);
    }

    /** The same with files and batches. */
    public IngressSettings withBatchService(@Nullable URI batchService) {
        return new IngressSettings(
                host,
                port,
                data,
                kafka,
                spendAggregator,
                batchService,
                credential,
                masterKey,
                tls,
                signingKey,
                internal,
                environment);
    }

    public IngressSettings {
        requireNonNull(host, "host is null");
        requireNonNull(data, "data is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(credential, "credential is null");
    }
}
