package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {

    @Test
    void isEverywhereWithAMasterKeyAndHereWithout() throws Exception {
        assertThat(ListenAddress.choose(null, true)).isEqualTo("0.0.0.0");
        assertThat(ListenAddress.choose(null, false)).isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.3.2.1", "localhost", "::1"})
    void mayBeLoopbackWithoutAMasterKey(String host) throws Exception {
        assertThat(ListenAddress.choose(host, false)).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void isNeverOpenToOthersWithoutAMasterKey(String host) throws Exception {
        assertThatThrownBy(() -> ListenAddress.choose(host, false))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining(host)
                .hasMessageContaining("master_key");
        assertThat(ListenAddress.choose(host, true)).isEqualTo(host);
    }

    @Test
    void isWrittenIntoAUrlAsAClientHereReachesIt() {
        assertThat(ListenAddress.reachable("0.0.0.0")).isEqualTo("127.0.0.1");
        assertThat(ListenAddress.reachable("::")).isEqualTo("127.0.0.1");
        assertThat(ListenAddress.reachable("::1")).isEqualTo("[::1]");
        assertThat(ListenAddress.reachable("10.0.0.7")).isEqualTo("10.0.0.7");
    }
}
