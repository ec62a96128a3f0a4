package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

class EmbeddedRedisIT {

    @TempDir Path directory;

    @Test
    void answersAndKeepsNothingOverARestart() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0)) {
            assertThat(ask(redis.uri(), "SET greeting hello")).isEqualTo("+OK");
            assertThat(ask(redis.uri(), "STRLEN greeting")).isEqualTo(":5");
        }

        try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0)) {
            assertThat(ask(redis.uri(), "STRLEN greeting")).isEqualTo(":0");
        }
    }

    @Test
    void evictsInsteadOfRefusingWhenItsMemoryIsFull() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0)) {
            assertThat(ask(redis.uri(), "CONFIG SET maxmemory 2mb")).isEqualTo("+OK");

            assertThat(ask(redis.uri(), "DEBUG POPULATE 100000")).isEqualTo("+OK");
            assertThat(ask(redis.uri(), "SET newest 1")).isEqualTo("+OK");
        }
    }

    @Test
    void stopsListeningWhenClosed() {
        EmbeddedRedis redis = EmbeddedRedis.start(directory, 0);
        int port = redis.uri().getPort();
        assertThat(FreePort.isFree(port)).isFalse();

        redis.close();

        assertThat(FreePort.isFree(port)).isTrue();
    }

    @Test
    void refusesASecondServerOnTheSameFolder() {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0)) {
            assertThat(redis.uri().getHost()).isEqualTo("127.0.0.1");
            assertThatThrownBy(() -> EmbeddedRedis.start(directory, 0))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void saysThatAPortIsTaken() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedRedis.start(directory, taken.getLocalPort()))
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("port " + taken.getLocalPort() + " is taken");
        }
    }

    private static String ask(URI redis, String command) throws IOException {
        try (var socket = new Socket(redis.getHost(), redis.getPort())) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }
}
