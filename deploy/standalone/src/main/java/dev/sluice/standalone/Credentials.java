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
 * @param signing what account records are signed with; null as {@code service} is
 */
record Credentials(@Nullable Secret masterKey, @Nullable Secret service, @Nullable Secret signing) {

    private static final String MASTER_KEY_VARIABLE = "LITELLM_MASTER_KEY";
    private static final String SERVICE_PURPOSE = "sluice service credential v1";
    private static final String SIGNING_PURPOSE = "sluice accounts signing key v1";

    /** From the config, then from the environment. */
    static Credentials of(GatewayConfig config, UnaryOperator<String> environment)
            throws InvalidConfigException {
        Secret masterKey = masterKey(config, environment);
        return new Credentials(
                masterKey,
                secret(config.sluice().credential(), masterKey, SERVICE_PURPOSE, environment),
                secret(
                        config.sluice().accounts().signingKey(),
                        masterKey,
                        SIGNING_PURPOSE,
                        environment));
    }

    private static @Nullable Secret secret(
            @Nullable Setting configured,
            @Nullable Secret masterKey,
            String purpose,
            UnaryOperator<String> environment)
            throws InvalidConfigException {
        if (configured != null) {
            return configured.in(environment);
        }
        return masterKey == null ? null : derived(masterKey, purpose);
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
    private static Secret derived(Secret masterKey, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(masterKey.reveal().getBytes(UTF_8), "HmacSHA256"));
            return new Secret(HexFormat.of().formatHex(mac.doFinal(purpose.getBytes(UTF_8))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** The services' credential; a lone service cannot make one up that others know. */
    Secret requiredService() throws CannotStartException {
        return required(service, "sluice.services.credential");
    }

    /** What account records are signed with; as with {@link #requiredService}. */
    Secret requiredSigning() throws CannotStartException {
        return required(signing, "sluice.accounts.signing_key");
    }

    private static Secret required(@Nullable Secret secret, String key)
            throws CannotStartException {
        if (secret == null) {
            throw new CannotStartException(
                    "a service on its own needs general_settings.master_key, %s or %s"
                            .formatted(MASTER_KEY_VARIABLE, key));
        }
        return secret;
    }
}
