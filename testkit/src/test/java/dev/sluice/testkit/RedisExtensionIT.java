package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

@ExtendWith(RedisExtension.class)
class RedisExtensionIT {

    @Test
    void handsOutOneServerThatAnswers(RedisServer first, RedisServer second) throws IOException {
        assertThat(first).isSameAs(second);
        try (var socket = new Socket(first.uri().getHost(), first.uri().getPort())) {
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                    .isEqualTo("+PONG");
        }
    }
}
