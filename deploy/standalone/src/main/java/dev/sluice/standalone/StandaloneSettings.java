package dev.sluice.standalone;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.IngressSettings.TlsFiles;
import dev.sluice.schemas.config.GatewayConfig;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * What the whole house is started with.
 *
 * @param configFile where the config is from, read again when it changes; null: it never does
 * @param host where callers come in; null for the default, which depends on the master key
 * @param port 0 for a free one
 * @param tls null for plain HTTP
 * @param binaries where the programs of embedded servers are unpacked; may be shared
 * @param environment where {@code os.environ/NAME} is looked up; null for a name that is not set
 */
public record StandaloneSettings(
        GatewayConfig config,
        @Nullable Path configFile,
        @Nullable String host,
        int port,
        @Nullable TlsFiles tls,
        Path binaries,
        UnaryOperator<String> environment) {

    public StandaloneSettings {
        requireNonNull(config, "config is null");
        requireNonNull(binaries, "binaries is null");
        requireNonNull(environment, "environment is null");
    }
}
