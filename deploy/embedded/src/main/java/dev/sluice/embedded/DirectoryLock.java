package dev.sluice.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The right to touch a server's folder: one holder in the system, gone with its process. */
final class DirectoryLock implements AutoCloseable {

    /*
     * File locks belong to the process: opening and closing the file a second time would silently
     * give up the first lock. What this process holds must therefore be known before it is opened.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Creates the folder if need be and takes it.
     *
     * @throws StartFailedException if somebody holds it or it can't be written
     */
    static DirectoryLock acquire(Path wanted) {
        Path directory = existing(wanted);
        if (!HELD.add(directory)) {
            throw inUse(directory);
        }
        FileChannel channel = null;
        try {
            channel =
                    FileChannel.open(
                            directory.resolve(".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            @Nullable FileLock lock = channel.tryLock();
            if (lock != null) {
                return new DirectoryLock(directory, channel);
            }
        } catch (IOException e) {
            release(directory, channel);
            throw new StartFailedException("can't lock folder " + directory, e);
        }
        release(directory, channel);
        throw inUse(directory);
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() {
        release(directory, channel);
    }

    private static Path existing(Path wanted) {
        try {
            return Files.createDirectories(wanted.toAbsolutePath()).toRealPath();
        } catch (IOException e) {
            throw new StartFailedException("can't create folder " + wanted, e);
        }
    }

    private static StartFailedException inUse(Path directory) {
        return new StartFailedException(
                "folder %s is in use by another running gateway".formatted(directory));
    }

    private static void release(Path directory, @Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException _) {
            // the lock is given back with the descriptor even if closing reports an error
        } finally {
            HELD.remove(directory);
        }
    }
}
