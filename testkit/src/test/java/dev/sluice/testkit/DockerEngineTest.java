package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(5)
class DockerEngineTest {

    @TempDir Path directory;

    @Test
    void answersWhenAPingIsAnsweredWith200() throws IOException {
        try (ServerSocketChannel server = engineSaying("HTTP/1.1 200 OK\r\n\r\nOK")) {
            assertThat(engine().answers()).isTrue();
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void doesNotAnswerWhenThePingFails() throws IOException {
        try (ServerSocketChannel server = engineSaying("HTTP/1.1 503 Starting\r\n\r\n")) {
            assertThat(engine().answers()).isFalse();
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void doesNotAnswerWhenItStaysSilent() throws IOException {
        try (ServerSocketChannel silent = listening()) {
            assertThat(engine().answers()).isFalse();
            assertThat(silent.isOpen()).isTrue();
        }
    }

    @Test
    void doesNotAnswerWhenTheSocketIsOnlyAFile() throws IOException {
        Files.createFile(socket());

        assertThat(engine().answers()).isFalse();
    }

    @Test
    void doesNotAnswerWhenItsAddressMeansNothing() {
        for (String host : new String[] {"ssh://somewhere", "tcp://127.0.0.1:1", "npipe:////./x"}) {
            assertThat(DockerEngine.of(host, directory).answers()).as(host).isFalse();
        }
    }

    @Test
    void doesNotAnswerWhenThereIsNone() {
        assertThat(new DockerEngine(null).answers()).isFalse();
    }

    private DockerEngine engine() {
        return DockerEngine.of("unix://" + socket(), directory);
    }

    private Path socket() {
        return directory.resolve("docker.sock");
    }

    private ServerSocketChannel listening() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket()));
        return server;
    }

    private ServerSocketChannel engineSaying(String answer) throws IOException {
        ServerSocketChannel server = listening();
        Thread.ofVirtual().start(() -> answerOnce(server, answer));
        return server;
    }

    private static void answerOnce(ServerSocketChannel server, String answer) {
        try (SocketChannel client = server.accept()) {
            ByteBuffer ping = ByteBuffer.allocate(256);
            client.read(ping);
            client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException _) {
            // the test is over
        }
    }
}
