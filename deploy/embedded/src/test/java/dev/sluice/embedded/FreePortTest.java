package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

class FreePortTest {

    @Test
    void picksAPortThatCanBeBound() throws IOException {
        int port = FreePort.pick();

        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(socket.isBound()).isTrue();
            assertThat(FreePort.isFree(port)).isFalse();
        }
    }

    @Test
    void triesAnotherPortWhenTheOneItPickedIsLost() {
        List<Integer> tried = new ArrayList<>();

        int port =
                FreePort.startOn(
                        0,
                        candidate -> {
                            tried.add(candidate);
                            if (tried.size() < 3) {
                                throw new PortTakenException("a server", candidate);
                            }
                            return candidate;
                        });

        assertThat(tried).hasSize(3).last().isEqualTo(port);
    }

    @Test
    void givesUpAfterFivePorts() {
        List<Integer> tried = new ArrayList<>();

        assertThatThrownBy(() ->
                        FreePort.startOn(
                                0,
                                candidate -> {
                                    tried.add(candidate);
                                    throw new PortTakenException("a server", candidate);
                                }))
                .isInstanceOf(StartFailedException.class);

        assertThat(tried).hasSize(5);
    }

    @Test
    void triesOnlyThePortThatWasAskedFor() {
        List<Integer> tried = new ArrayList<>();

        assertThatThrownBy(() ->
                        FreePort.startOn(
                                4321,
                                candidate -> {
                                    tried.add(candidate);
                                    throw new PortTakenException("a server", candidate);
                                }))
                .hasMessage("a server can't start: port 4321 is taken");

        assertThat(tried).containsExactly(4321);
    }
}
