package dev.sluice.ingress.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The accounts as a file, to serve from when Kafka is away at start. It is signed as a whole with
 * the key that signs the topic: a file that somebody else wrote or changed is ignored. It may be as
 * old as the last run; that is warned of.
 *
 * <p>Layout: {@value #MAGIC}, then every account as the topic writes it behind its length (int, big
 * endian), -1, and 32 bytes of signature over the SHA-256 of all before.
 */
final class AccountsSnapshot {

    private static final Logger LOGGER = LoggerFactory.getLogger(AccountsSnapshot.class);
    private static final String MAGIC = "sluice accounts 1\n";
    private static final String SIGNED_AS = "snapshot";
    private static final int END = -1;
    private static final int SIGNATURE_BYTES = 32;
    private static final int RECORD_BYTES_MAX = 1 << 20;

    private final Path file;
    private final RecordSignature signature;

    AccountsSnapshot(Path file, RecordSignature signature) {
        this.file = file;
        this.signature = signature;
    }

    /** Replaces the file at once and for good, or leaves the old one. */
    void write(AccountStore store) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel channel =
                FileChannel.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            write(store::forEach, channel);
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void write(Consumer<Consumer<Account>> accounts, FileChannel channel)
            throws IOException {
        var buffered = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        MessageDigest digest = sha256();
        var out = new DataOutputStream(new DigestOutputStream(buffered, digest));
        out.write(MAGIC.getBytes(UTF_8));
        try {
            accounts.accept(account -> write(account, out));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.writeInt(END);
        out.flush();
        buffered.write(signature.of(SIGNED_AS, digest.digest()));
        buffered.flush();
    }

    private static void write(Account account, DataOutputStream out) {
        try {
            byte[] bytes = Topics.ACCOUNTS.codec().encode(account);
            out.writeInt(bytes.length);
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the file holds; nothing where there is none, or none that we wrote. */
    Optional<List<Account>> read() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            List<Account> accounts = verified();
            LOGGER.atInfo()
                    .addKeyValue("accounts", accounts.size())
                    .addKeyValue("written", Files.getLastModifiedTime(file).toInstant())
                    .log("accounts of an earlier run serve until Kafka tells newer ones");
            return Optional.of(accounts);
        } catch (IOException | NewerVersionException | UnreadableRecordException e) {
            LOGGER.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("error", e.toString())
                    .log("accounts of an earlier run are ignored");
            return Optional.empty();
        }
    }

    private List<Account> verified()
            throws IOException, NewerVersionException, UnreadableRecordException {
        MessageDigest digest = sha256();
        try (var buffered = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            var in = new DataInputStream(new DigestInputStream(buffered, digest));
            byte[] magic = MAGIC.getBytes(UTF_8);
            if (!Arrays.equals(in.readNBytes(magic.length), magic)) {
                throw new IOException("it is no snapshot");
            }
            List<Account> accounts = new ArrayList<>();
            for (int length = in.readInt(); length != END; length = in.readInt()) {
                if (length < 0 || length > RECORD_BYTES_MAX) {
                    throw new IOException("a record's length is wrong");
                }
                byte[] bytes = new byte[length];
                in.readFully(bytes);
                accounts.add(Topics.ACCOUNTS.codec().decode(bytes));
            }
            byte[] hash = digest.digest();
            byte[] signed = buffered.readNBytes(SIGNATURE_BYTES);
            if (!signature.isOf(SIGNED_AS, hash, signed) || buffered.read() >= 0) {
                throw new IOException("its signature is not ours");
            }
            return accounts;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
