package dev.sluice.testkit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What lives as long as the test run: JUnit closes what is kept in the root store. */
final class SharedServers {

    private SharedServers() {}

    /** The server of this type for the whole run, started by the first who asks. */
    static <T extends AutoCloseable> T of(
            ExtensionContext context, Class<T> type, Supplier<T> start) {
        return store(context).computeIfAbsent(type, _ -> start.get(), type);
    }

    static Store store(ExtensionContext context) {
        return context.getRoot().getStore(Namespace.create(SharedServers.class));
    }

    /** A folder for a server's data, next to other temporary files. */
    static Path freshDirectory(String name) {
        try {
            return Files.createTempDirectory("sluice-test-" + name + "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Where server programs are unpacked once for all modules and runs of this user.
     *
     * <p>Its name can be guessed: a folder that somebody else has put there is not used.
     */
    static Path binaries() {
        String user = System.getProperty("user.name");
        Path shared = Path.of(System.getProperty("java.io.tmpdir"), "sluice-test-binaries-" + user);
        try {
            Files.createDirectories(shared);
            boolean ours =
                    Files.isDirectory(shared, LinkOption.NOFOLLOW_LINKS)
                            && Files.getOwner(shared).getName().equals(user);
            return ours ? shared : freshDirectory("binaries");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a server's data; what can't be deleted is left to the system. */
    static void delete(Path directory) {
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(directory)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException _) {
            // a server that was killed may still be writing
        }
    }
}
