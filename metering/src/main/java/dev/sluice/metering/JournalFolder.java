package dev.sluice.metering;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The journal's folder: who owns it, its id, and the files in it. */
final class JournalFolder implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(JournalFolder.class);
    private static final Pattern SEGMENT = Pattern.compile("(0\\d{18})\\.journal");
    private static final String UNFINISHED = ".unfinished";
    private static final int CHUNK = 1 << 20;

    /** Where damaged bytes are kept for whoever wants to look at them. */
    private static final String DAMAGED = "damaged";

    private static final long MOST_DAMAGED_BYTES = 64L << 20;

    private final Path directory;
    private final FileChannel lockFile;
    private final String id;

    private JournalFolder(Path directory, FileChannel lockFile, String id) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.id = id;
    }

    static JournalFolder open(Path directory) throws IOException {
        Files.createDirectories(directory);
        FileChannel lockFile =
                FileChannel.open(
                        directory.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            if (!lock(lockFile)) {
                throw new JournalLockedException(directory);
            }
            return new JournalFolder(directory, lockFile, readOrMakeId(directory));
        } catch (IOException e) {
            lockFile.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel lockFile) throws IOException {
        try {
            FileLock lock = lockFile.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException ownedByThisProcess) {
            return false;
        }
    }

    private static String readOrMakeId(Path directory) throws IOException {
        Path file = directory.resolve("id");
        if (Files.exists(file)) {
            String id = Files.readString(file, US_ASCII).strip();
            if (!id.isEmpty()) {
                return id;
            }
        }
        String id = UUID.randomUUID().toString();
        Path unfinished = directory.resolve("id" + UNFINISHED);
        Files.writeString(unfinished, id + "\n", US_ASCII);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        return id;
    }

    String id() {
        return id;
    }

    /** The segments of earlier runs in order. Files that were never finished are removed. */
    List<Segment> leftovers() throws IOException {
        List<Segment> segments = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                Matcher segment = SEGMENT.matcher(name);
                if (name.endsWith(UNFINISHED)) {
                    Files.delete(file);
                } else if (segment.matches()) {
                    leftover(Long.parseLong(segment.group(1)), file, segments);
                }
            }
        }
        segments.sort((a, b) -> Long.compare(a.number(), b.number()));
        return segments;
    }

    private static void leftover(long number, Path file, List<Segment> segments)
            throws IOException {
        if (Files.size(file) > Segment.FIRST_RECORD) {
            segments.add(Segment.leftover(number, file));
        } else {
            LOGGER.atWarn().addKeyValue("file", file).log("journal segment is empty, removed");
            Files.delete(file);
        }
    }

    /**
     * Makes a segment whose every byte has its place on the disk: a full disk shows here, and never
     * as a fault in the thread that writes a record. Nothing is forced yet: who forces the records
     * forces the file with them, and the folder by {@link #force}.
     */
    Segment create(long number, long segmentBytes) throws IOException {
        String name = "%019d.journal".formatted(number);
        Path unfinished = directory.resolve(name + UNFINISHED);
        Path file = directory.resolve(name);
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            unfinished, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                fillWithZeros(channel, segmentBytes);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            return Segment.fresh(number, file);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
    }

    private static void fillWithZeros(FileChannel channel, long length) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK, length));
        for (long rest = length; rest > 0; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), rest));
            rest -= channel.write(zeros);
        }
    }

    /** Makes the names of new files survive a power loss. */
    void force() {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException unsupported) {
            LOGGER.atDebug().setCause(unsupported).log("the folder itself cannot be forced");
        }
    }

    /**
     * Keeps bytes that are no record, 64 MiB of them at most; what is beyond is gone.
     *
     * @return where they are kept, null if they are not
     */
    @Nullable Path keepAside(long segment, int from, byte[] damaged) {
        Path aside = directory.resolve(DAMAGED);
        Path file = aside.resolve("%019d-%d.bytes".formatted(segment, from));
        try {
            Files.createDirectories(aside);
            if (kept(aside) + damaged.length > MOST_DAMAGED_BYTES) {
                return null;
            }
            Files.write(file, damaged);
            return file;
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log("damaged bytes cannot be kept");
            return null;
        }
    }

    private static long kept(Path aside) throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(aside)) {
            for (Path file : files) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
