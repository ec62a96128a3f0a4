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
 * @param credential what the services show each other
 * @param masterKey null: everybody is admin
 * @param tls null: plain HTTP
 * @param signingKey what account records are signed with, null for no accounts: then the master key
 *     is the only one
 * @param environment where {@code os.environ/NAME} is looked up; empty for a name that is not set
 */
public record IngressSettings(
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

    /**
     * What is needed to speak TLS.
     *
     * @param key the private key in PEM, PKCS#8 or PKCS#1
     * @param certificate its certificate in PEM, with the chain behind it
     */
    public record TlsFiles(Path key, Path certificate) {}

    public IngressSettings {
        requireNonNull(host, "host is null");
        requireNonNull(data, "data is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(credential, "credential is null");
    }
}
