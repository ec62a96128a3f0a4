package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.function.UnaryOperator;

class CredentialsTest {

    private static final UnaryOperator<String> NOTHING = environment(Map.of());

    @Test
    void prefersTheMasterKeyOfTheConfig() throws Exception {
        Credentials credentials =
                Credentials.of(
                        config("general_settings: {master_key: os.environ/MINE}"),
                        environment(Map.of("MINE", "sk-mine", "LITELLM_MASTER_KEY", "sk-other")));

        assertThat(credentials.masterKey()).isEqualTo(new Secret("sk-mine"));
    }

    @Test
    void takesTheMasterKeyOfTheEnvironment() throws Exception {
        Credentials credentials =
                Credentials.of(
                        config(""), environment(Map.of("LITELLM_MASTER_KEY", "sk-environment")));

        assertThat(credentials.masterKey()).isEqualTo(new Secret("sk-environment"));
    }

    @Test
    void goesWithoutAMasterKeyWhereThereIsNone() throws Exception {
        Credentials credentials = Credentials.of(config(""), NOTHING);

        assertThat(credentials.masterKey()).isNull();
        assertThat(credentials.service()).isNull();
    }

    @Test
    void refusesAMasterKeyWhoseVariableIsNotSet() {
        assertThatThrownBy(() ->
                        Credentials.of(
                                config("general_settings: {master_key: os.environ/MINE}"),
                                environment(Map.of("LITELLM_MASTER_KEY", "sk-other"))))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("MINE");
    }

    @Test
    void derivesTheSameServiceCredentialInEveryProcessAndNeverTheKeyItself() throws Exception {
        GatewayConfig config = config("general_settings: {master_key: sk-1234}");

        Secret one = Credentials.of(config, NOTHING).requiredService();
        Secret another = Credentials.of(config, NOTHING).requiredService();
        Secret ofOtherKey =
                Credentials.of(config("general_settings: {master_key: sk-1235}"), NOTHING)
                        .requiredService();

        assertThat(one).isEqualTo(another).isNotEqualTo(ofOtherKey);
        // printf 'sluice service credential v1' | openssl dgst -sha256 -hmac sk-1234
        assertThat(one.reveal())
                .isEqualTo("65d723c58ede366c1f445d077e6e6db406e91cf7d9bc4a8fca176a07abec7fed");
    }

    @Test
    void prefersAConfiguredServiceCredential() throws Exception {
        Credentials credentials =
                Credentials.of(
                        config(
                                """
                                general_settings: {master_key: sk-1234}
                                sluice: {services: {credential: shared}}
                                """),
                        NOTHING);

        assertThat(credentials.requiredService()).isEqualTo(new Secret("shared"));
    }

    @Test
    void refusesALoneServiceThatNobodyWouldBelieve() throws Exception {
        Credentials credentials = Credentials.of(config(""), NOTHING);

        assertThatThrownBy(credentials::requiredService)
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("LITELLM_MASTER_KEY");
    }

    private static GatewayConfig config(String text) throws InvalidConfigException {
        return ConfigReader.parse("config.yaml", text);
    }

    @SuppressWarnings("NullAway") // Null says that a variable is not set.
    private static UnaryOperator<String> environment(Map<String, String> variables) {
        return variables::get;
    }
}
