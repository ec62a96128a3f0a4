package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

class DataFolderTest {

    @TempDir private Path folder;

    @Test
    void belongsToOneAtATime() throws Exception {
        Path path = folder.resolve("a/b");
        DataFolder held = DataFolder.open(path);

        assertThatThrownBy(() -> DataFolder.open(path))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("--data");

        held.close();
        DataFolder.open(path).close();
    }

    @Test
    void keepsASecretForEverAndForItsOwnerAlone() throws Exception {
        Secret first;
        try (DataFolder data = DataFolder.open(folder)) {
            first = data.secret("key", "sk-");
        }
        try (DataFolder data = DataFolder.open(folder)) {
            assertThat(data.secret("key", "sk-")).isEqualTo(first);
            assertThat(data.secret("other", "sk-")).isNotEqualTo(first);
        }

        assertThat(first.reveal()).matches("sk-[0-9a-f]{48}");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve("key"))))
                .isEqualTo("rw-------");
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void letsOthersPassButNotLook() throws Exception {
        Path path = folder.resolve("a/b");

        DataFolder.open(path).close();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rwx--x--x");
    }

    @Test
    void isNotAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> DataFolder.open(file))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("is a file");
    }
}
