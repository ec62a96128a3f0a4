package dev.sluice.embedded;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Server programs that travel as resources in jars, unpacked once into a folder that data folders
 * and JVMs may share: whoever is first renames his copy into place, the others drop theirs.
 */
final class BundledFiles {

    private static final String READ_AND_RUN = "rwxr-xr-x";
    private static final String READ = "rw-r--r--";

    private BundledFiles() {}

    /** The PostgreSQL installation: a folder with {@code bin}, {@code lib} and {@code share}. */
    static Path postgres(Path cache, Platform platform) {
        String name = "postgres-" + postgresVersion() + "-" + platform;
        return once(
                cache,
                name,
                folder -> {
                    Files.createDirectory(folder);
                    untar(platform.postgresArchive(), folder);
                    openFolders(folder);
                });
    }

    /** The Redis server: a single executable. */
    static Path redis(Path cache, Platform platform) {
        return once(
                cache,
                platform.redisBinary(),
                file -> {
                    try (InputStream content = resource(platform.redisBinary())) {
                        Files.copy(content, file);
                    }
                    permit(file, READ_AND_RUN);
                });
    }

    @FunctionalInterface
    private interface Unpacking {
        void into(Path target) throws IOException;
    }

    private static Path once(Path cache, String name, Unpacking unpacking) {
        Path target = cache.toAbsolutePath().resolve(name);
        if (Files.exists(target)) {
            return target;
        }
        try {
            Files.createDirectories(cache);
            Path workshop = Files.createTempDirectory(cache, ".unpacking-");
            try {
                Path copy = workshop.resolve(name);
                unpacking.into(copy);
                putInPlace(copy, target);
            } finally {
                Folders.delete(workshop);
            }
            return target;
        } catch (IOException e) {
            throw new StartFailedException("can't unpack %s into %s".formatted(name, cache), e);
        }
    }

    private static void putInPlace(Path copy, Path target) throws IOException {
        try {
            Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException _) {
            // another JVM was quicker; its copy is as good as ours
        }
    }

    private static void untar(String archive, Path folder) throws IOException {
        try (InputStream resource = new BufferedInputStream(resource(archive));
                var tar = new TarArchiveInputStream(new XZCompressorInputStream(resource))) {
            @Nullable TarArchiveEntry entry;
            while ((entry = tar.getNextEntry()) != null) {
                write(entry, tar, folder);
            }
        }
    }

    private static void write(TarArchiveEntry entry, InputStream content, Path folder)
            throws IOException {
        Path path = entry.resolveIn(folder);
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
            Files.copy(content, path);
            permit(path, (entry.getMode() & 0100) != 0 ? READ_AND_RUN : READ);
        }
    }

    private static void openFolders(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path folder : walk.filter(Files::isDirectory).toList()) {
                permit(folder, READ_AND_RUN);
            }
        }
    }

    /** Whatever the user's umask is: the server may run as another user. */
    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static InputStream resource(String name) {
        @Nullable InputStream content = BundledFiles.class.getResourceAsStream("/" + name);
        if (content == null) {
            throw new StartFailedException(
                    "the class path has no %s: it comes with a jar of its own for each system"
                            .formatted(name));
        }
        return content;
    }

    /** The release of the bundled PostgreSQL, such as {@code 18.6.0}. */
    static String postgresVersion() {
        var versions = new Properties();
        try (InputStream content = resource("dev/sluice/embedded/versions.properties")) {
            versions.load(content);
        } catch (IOException e) {
            throw new StartFailedException("versions.properties can't be read", e);
        }
        return versions.getProperty("postgres", "unknown");
    }
}
