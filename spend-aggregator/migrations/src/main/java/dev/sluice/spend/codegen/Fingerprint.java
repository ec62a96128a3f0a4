package dev.sluice.spend.codegen;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.spend.migrations.SpendMigrations;

import org.jooq.Constants;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** What generated classes depend on, as a hash: the migrations, this generator and jOOQ. */
final class Fingerprint {

    private static final List<String> INPUTS =
            List.of(SpendMigrations.LOCATION, "dev/sluice/spend/codegen");

    private Fingerprint() {}

    static String current() throws IOException {
        MessageDigest hash = sha256();
        hash.update(Constants.FULL_VERSION.getBytes(UTF_8));
        Path code = codeSource();
        if (Files.isDirectory(code)) {
            addInputs(hash, code);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(code)) {
                addInputs(hash, jar.getPath("/"));
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    private static void addInputs(MessageDigest hash, Path root) throws IOException {
        for (String input : INPUTS) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(root.resolve(input))) {
                files = walk.filter(Files::isRegularFile).sorted().toList();
            }
            for (Path file : files) {
                hash.update(file.getFileName().toString().getBytes(UTF_8));
                hash.update(Files.readAllBytes(file));
            }
        }
    }

    private static Path codeSource() {
        try {
            return Path.of(
                    Fingerprint.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the code's own location is no path", e);
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
