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
        UnaryOperator<String> environment) {

    public IngressSettings {
        requireNonNull(host, "host is null");
        requireNonNull(data, "data is null");
        requireNonNull(kafka, "kafka is null");
        requireNonNull(credential, "credential is null");
    }
}
