package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** What is kept between runs. Held by one process at a time. */
final class DataFolder implements AutoCloseable {

    private static final int SECRET_BYTES = 24;

    private final Path path;
    private final FileChannel lockFile;

    private DataFolder(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** Takes a folder, made if need be. */
    static DataFolder open(Path path) throws CannotStartException {
        try {
            create(path);
            FileChannel lockFile = FileChannel.open(path.resolve("lock"), CREATE, WRITE);
            if (lock(lockFile) == null) {
                lockFile.close();
                throw new CannotStartException(
                        "another Sluice runs on the data folder %s: stop it, or choose another by --data"
                                .formatted(path));
            }
            return new DataFolder(path, lockFile);
        } catch (FileAlreadyExistsException e) {
            throw new CannotStartException("the data folder %s is a file".formatted(path), e);
        } catch (IOException e) {
            throw new CannotStartException(
                    "the data folder %s cannot be written: %s".formatted(path, e.getMessage()), e);
        }
    }

    /** What was spent is nobody else's business; the database may run as another user below it. */
    private static void create(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path.toAbsolutePath().getParent());
            Files.createDirectory(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    private static @Nullable FileLock lock(FileChannel lockFile) throws IOException {
        try {
            return lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    /** A secret of this folder's own: made up once, then read; nobody else may read its file. */
    Secret secret(String name, String prefix) throws CannotStartException {
        Path file = path.resolve(name);
        try {
            if (!Files.exists(file)) {
                write(file, prefix + random());
            }
            return new Secret(Files.readString(file, US_ASCII).strip());
        } catch (IOException e) {
            throw new CannotStartException("cannot keep the secret in " + file, e);
        }
    }

    private static String random() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Whole or not at all: a half-written secret would lock its owner out. */
    private static void write(Path file, String text) throws IOException {
        Path draft =
                Files.createTempFile(
                        file.toAbsolutePath().getParent(),
                        "secret",
                        ".new",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, text + "\n", US_ASCII);
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file);
        }
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
