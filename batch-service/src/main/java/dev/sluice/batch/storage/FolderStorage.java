package dev.sluice.batch.storage;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Objects as files of a folder: one is written aside, forced to disk, and renamed. */
public final class FolderStorage implements Storage {

    private static final Logger LOGGER = LoggerFactory.getLogger(FolderStorage.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final String DRAFT = ".draft";

    private final Path folder;

    /**
     * Objects in a folder, which is made if it is missing and readable by its owner alone. What an
     * earlier process had not finished is removed.
     *
     * @throws IOException if that is refused
     */
    public FolderStorage(Path folder) throws IOException {
        this.folder =
                Files.createDirectories(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path left : files.filter(file -> file.toString().endsWith(DRAFT)).toList()) {
                Files.deleteIfExists(left);
            }
        }
    }

    @Override
    public Draft draft(String name) throws IOException {
        return new FileDraft(path(name));
    }

    @Override
    public InputStream read(String name, long offset, long length) throws IOException {
        FileChannel channel = FileChannel.open(path(name), READ);
        try {
            channel.position(offset);
            InputStream rest = Channels.newInputStream(channel);
            return new BufferedInputStream(
                    length < 0 ? rest : new BoundedInputStream(rest, length), 64 * 1024);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(path(name));
    }

    @Override
    public void close() {
        // Nothing is held open.
    }

    private Path path(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of an object");
        }
        return folder.resolve(name);
    }

    private static final class FileDraft implements Draft {

        private final Path target;
        private final Path draft;
        private final FileChannel channel;
        private long bytes;

        FileDraft(Path target) throws IOException {
            this.target = target;
            // A name of its own: two that write the same object do not disturb each other.
            this.draft =
                    target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + DRAFT);
            this.channel = FileChannel.open(draft, CREATE, WRITE, TRUNCATE_EXISTING);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(from, offset, length);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            bytes += length;
        }

        @Override
        public long keep() throws IOException {
            channel.force(true);
            channel.close();
            Files.move(
                    draft,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel folder = FileChannel.open(target.toAbsolutePath().getParent(), READ)) {
                folder.force(true);
            }
            return bytes;
        }

        @Override
        public void close() {
            try {
                channel.close();
                Files.deleteIfExists(draft);
            } catch (IOException e) {
                LOGGER.atWarn().setCause(e).log("a draft of a file could not be removed");
            }
        }
    }
}
