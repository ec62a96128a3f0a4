package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.config.Setting;

import org.jspecify.annotations.Nullable;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who may do everything, and what the services show each other.
 *
 * @param masterKey null: whoever can reach the gateway may do everything
 * @param service null: neither configured nor derivable from a master key
 */
record Credentials(@Nullable Secret masterKey, @Nullable Secret service) {

    private static final String MASTER_KEY_VARIABLE = "LITELLM_MASTER_KEY";
    private static final String PURPOSE = "sluice service credential v1";

    /** From the config, then from the environment. */
    static Credentials of(GatewayConfig config, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Secret masterKey = masterKey(config, environment);
        Setting configured = config.sluice().credential();
        Secret service =
                configured != null
                        ? configured.in(environment)
                        : masterKey != null ? derived(masterKey) : null;
        return new Credentials(masterKey, service);
    }

    private static @Nullable Secret masterKey(
            GatewayConfig config, UnaryOperator<String> environment) throws InvalidConfigException {
        Setting configured = config.general().masterKey();
        if (configured != null && !configured.raw().isEmpty()) {
            return configured.in(environment);
        }
        String fromEnvironment = environment.apply(MASTER_KEY_VARIABLE);
        return fromEnvironment == null || fromEnvironment.isEmpty()
                ? null
                : new Secret(fromEnvironment);
    }

    /** The same for every process that knows the master key, and no way back to it. */
    private static Secret derived(Secret masterKey) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(masterKey.reveal().getBytes(UTF_8), "HmacSHA256"));
            return new Secret(HexFormat.of().formatHex(mac.doFinal(PURPOSE.getBytes(UTF_8))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** The services' credential; a lone service cannot make one up that others know. */
    Secret requiredService() throws CannotStartException {
        if (service == null) {
            throw new CannotStartException(
                    "a service on its own needs general_settings.master_key, %s or sluice.services.credential"
                            .formatted(MASTER_KEY_VARIABLE));
        }
        return service;
    }
}
