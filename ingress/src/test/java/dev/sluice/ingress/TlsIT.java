package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ingress.IngressSettings.TlsFiles;
import dev.sluice.schemas.config.InvalidConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

final class TlsIT {

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void servesCallsOverTlsWithAKeyAndItsCertificate(String algorithm) throws Exception {
        PemFiles ours = PemFiles.in(folder, "ours", algorithm);
        try (var gateway =
                        GatewayUnderTest.withTwoDeployments(
                                folder.resolve("data"), "", ours.files());
                HttpClient client = HttpClient.newBuilder().sslContext(ours.client()).build()) {

            HttpResponse<String> answer = call(client, gateway.port());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("chat.completion");
            assertThat(answer.sslSession()).isPresent();
        }
    }

    @Test
    void speaksNeitherPlainHttpNorOldVersionsThere() throws Exception {
        PemFiles ours = PemFiles.in(folder, "ours", "EC");
        try (var gateway =
                GatewayUnderTest.withTwoDeployments(folder.resolve("data"), "", ours.files())) {

            assertThatThrownBy(() -> gateway.get("/health/liveliness")).isNotNull();
            try (var socket =
                    (SSLSocket)
                            ours.client()
                                    .getSocketFactory()
                                    .createSocket(
                                            InetAddress.getLoopbackAddress(), gateway.port())) {
                socket.setEnabledProtocols(new String[] {"TLSv1.1"});
                assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
            }
        }
    }

    @Test
    void saysWhichFileIsNotThere() throws Exception {
        PemFiles ours = PemFiles.in(folder, "ours", "EC");
        Path missing = folder.resolve("missing.crt");

        assertThatThrownBy(() -> Certificates.tls(new TlsFiles(ours.files().key(), missing)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("missing.crt")
                .hasMessageContaining("no readable file");
    }

    @Test
    void refusesWhatIsNoKeyWithoutRepeatingIt() throws Exception {
        PemFiles ours = PemFiles.in(folder, "ours", "EC");
        Path garbage = Files.writeString(folder.resolve("garbage.key"), "top-secret-text");

        assertThatThrownBy(
                        () -> Certificates.tls(new TlsFiles(garbage, ours.files().certificate())))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("garbage.key")
                .hasMessageNotContaining("top-secret-text");
    }

    @Test
    void refusesAKeyThatIsNotTheCertificates() throws Exception {
        PemFiles ours = PemFiles.in(folder, "ours", "EC");
        PemFiles theirs = PemFiles.in(folder, "theirs", "EC");

        assertThatThrownBy(() ->
                        Certificates.tls(
                                new TlsFiles(ours.files().key(), theirs.files().certificate())))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("belongs to the certificate");
    }

    private static HttpResponse<String> call(HttpClient client, int port)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(
                                URI.create(
                                        "https://127.0.0.1:%d/v1/chat/completions".formatted(port)))
                        .header("Authorization", "Bearer " + GatewayUnderTest.KEY)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        """
                                        {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}\
                                        """))
                        .build(),
                BodyHandlers.ofString());
    }
}
