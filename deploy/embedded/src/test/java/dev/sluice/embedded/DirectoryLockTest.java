package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DirectoryLockTest {

    @TempDir Path directory;

    @Test
    void hasOneHolderAtATime() {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        assertThatThrownBy(() -> DirectoryLock.acquire(directory))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("in use");

        lock.close();

        DirectoryLock.acquire(directory).close();
    }

    @Test
    void knowsAFolderByAnyOfItsNames() throws IOException {
        Path alias =
                Files.createSymbolicLink(
                        directory.resolve("alias"),
                        Files.createDirectory(directory.resolve("folder")));

        try (DirectoryLock lock = DirectoryLock.acquire(alias)) {
            assertThat(lock.directory().getFileName()).hasToString("folder");
            assertThatThrownBy(() -> DirectoryLock.acquire(directory.resolve("folder")))
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void createsTheFolder() {
        Path deep = directory.resolve("one").resolve("two");

        DirectoryLock.acquire(deep).close();

        assertThat(deep).isDirectory();
    }

    @Test
    void saysWhichFolderCannotBeCreated() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> DirectoryLock.acquire(file.resolve("below")))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining(file.toString());
    }
}
