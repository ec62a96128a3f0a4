package dev.sluice.ingress.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.errors.ApiError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.util.List;

class AllowedAddressesTest {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "192.0.2.1, 192.0.2.10, false",
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.9.8.7/8, 10.1.1.1, true",
        "10.0.0.0/9, 10.127.0.1, true",
        "10.0.0.0/9, 10.128.0.1, false",
        "192.0.2.128/31, 192.0.2.129, true",
        "192.0.2.128/31, 192.0.2.130, false",
        "192.0.2.128/32, 192.0.2.129, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 203.0.113.9, false",
        "::1, ::1, true",
        "::1, ::2, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "10.0.0.0/8, ::ffff:10.0.0.1, true",
        "::ffff:10.0.0.0/104, 10.0.0.1, true",
        "::ffff:10.0.0.0/104, 11.0.0.1, false"
    })
    void holdsRangesToTheBit(String range, String address, boolean isAllowed) {
        var allowed = new AllowedAddresses(List.of("198.51.100.1", range));

        ApiError refusal = allowed.refusal(InetAddress.ofLiteral(address));

        assertThat(refusal == null).isEqualTo(isAllowed);
    }

    @Test
    void refusesWith403AndWhoeverCannotBeTold() {
        var allowed = new AllowedAddresses(List.of("10.0.0.0/8"));

        ApiError refusal = requireNonNull(allowed.refusal(InetAddress.ofLiteral("11.0.0.1")));
        assertThat(refusal.status()).isEqualTo(403);
        assertThat(refusal.message()).contains("IP address not allowed");
        assertThat(allowed.refusal(null)).isNotNull();
    }

    @Test
    void refusesNobodyWithoutAList() {
        assertThat(new AllowedAddresses(List.of()).refusal(InetAddress.getLoopbackAddress()))
                .isNull();
        assertThat(new AllowedAddresses(List.of()).refusal(null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.org", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/"})
    void takesNothingElseForARange(String text) {
        assertThatThrownBy(() -> new AllowedAddresses(List.of(text)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
