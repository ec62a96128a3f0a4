package dev.sluice.ingress.limits;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * What the books showed of each budget as a file, so that a budget that is spent stays spent when
 * Kafka is away at start.
 *
 * <p>Layout: {@value #MAGIC}, then for each account true, its name and its {@link BudgetBase}, then
 * false and the CRC-32 of all before.
 */
final class BudgetSnapshot {

    private static final Logger LOGGER = LoggerFactory.getLogger(BudgetSnapshot.class);
    private static final String MAGIC = "sluice budgets 1\n";

    private final Path file;

    BudgetSnapshot(Path file) {
        this.file = file;
    }

    /** Replaces the file, or leaves the old one. */
    void write(Map<String, BudgetBase> bases) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        var sum = new CRC32();
        try (var out =
                new DataOutputStream(
                        new CheckedOutputStream(
                                new BufferedOutputStream(Files.newOutputStream(part), 1 << 16),
                                sum))) {
            out.write(MAGIC.getBytes(UTF_8));
            for (Map.Entry<String, BudgetBase> entry : bases.entrySet()) {
                out.writeBoolean(true);
                out.writeUTF(entry.getKey());
                entry.getValue().write(out);
            }
            out.writeBoolean(false);
            out.writeLong(sum.getValue());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Tells what the file holds: all of it, or nothing where it is not whole. */
    void read(ConcurrentMap<String, String> names, BiConsumer<String, BudgetBase> states) {
        if (!Files.exists(file)) {
            return;
        }
        try {
            // No part is taken from a file that is not whole.
            readAll(new ConcurrentHashMap<>(), (_, _) -> {});
            readAll(names, states);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("error", e.toString())
                    .log("budget states of an earlier run are ignored");
        }
    }

    private void readAll(ConcurrentMap<String, String> names, BiConsumer<String, BudgetBase> states)
            throws IOException {
        var sum = new CRC32();
        try (var in =
                new DataInputStream(
                        new CheckedInputStream(
                                new BufferedInputStream(Files.newInputStream(file), 1 << 16),
                                sum))) {
            byte[] magic = MAGIC.getBytes(UTF_8);
            if (!Arrays.equals(in.readNBytes(magic.length), magic)) {
                throw new IOException("it is no snapshot");
            }
            while (in.readBoolean()) {
                states.accept(in.readUTF(), BudgetBase.read(in, names));
            }
            long expected = sum.getValue();
            if (in.readLong() != expected) {
                throw new IOException("it is damaged");
            }
        }
    }
}
