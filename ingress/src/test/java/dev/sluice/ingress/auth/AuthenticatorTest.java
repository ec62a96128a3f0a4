package dev.sluice.ingress.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthenticatorTest {

    private final Authenticator authenticator = new Authenticator(new Secret("sk-master"));

    @ParameterizedTest
    @CsvSource({"Bearer sk-master,", "bearer sk-master,", "Bearer  sk-master ,", ",sk-master"})
    void letsTheMasterKeyIn(@Nullable String authorization, @Nullable String apiKey) {
        assertThat(authenticator.authenticate(authorization, apiKey))
                .isInstanceOfSatisfying(
                        Authentication.Accepted.class,
                        accepted -> {
                            assertThat(accepted.caller().isAdmin()).isTrue();
                            assertThat(accepted.caller().keyHash())
                                    .isEqualTo(Authenticator.hashOf("sk-master"));
                        });
    }

    @ParameterizedTest
    @CsvSource({
        ",",
        "Bearer,",
        "'Bearer ',",
        "Bearer sk-maste,",
        "Bearer sk-master2,",
        "Bearer SK-MASTER,",
        "sk-master,",
        "Basic sk-master,",
        ",sk-other",
        "Bearer sk-other,sk-master"
    })
    void letsNobodyElseIn(@Nullable String authorization, @Nullable String apiKey) {
        assertThat(authenticator.authenticate(authorization, apiKey))
                .isInstanceOfSatisfying(
                        Authentication.Refused.class,
                        refused -> assertThat(refused.reason()).doesNotContain("sk-o", "sk-m"));
    }

    @Test
    void isOpenOnlyWithoutAMasterKey() {
        var open = new Authenticator(null);

        assertThat(open.isOpen()).isTrue();
        assertThat(open.authenticate(null, null)).isInstanceOf(Authentication.Accepted.class);
        assertThat(authenticator.isOpen()).isFalse();
    }
}
