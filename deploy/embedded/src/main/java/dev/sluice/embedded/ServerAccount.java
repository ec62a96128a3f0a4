package dev.sluice.embedded;

import com.sun.security.auth.module.UnixSystem;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which user PostgreSQL runs as, for it refuses root.
 *
 * <p>An ordinary user runs it himself. Root runs it in a user namespace, where it is nobody to
 * itself but root's files stay its own; where namespaces are forbidden, as {@code nobody}, who then
 * owns the folder; and a folder that an ordinary user owns is served as that user.
 *
 * @param prefix what is put before a command to run it as this user
 * @param owner who must own files that the server reads; null to leave them as they are
 */
record ServerAccount(List<String> prefix, @Nullable Owner owner) {

    private static final Owner NOBODY = new Owner(65_534, 65_534);

    /** A user and a group, by number: they need not have names. */
    record Owner(int user, int group) {

        static Owner of(Path path) throws IOException {
            return new Owner(
                    (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS),
                    (int) Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS));
        }

        void take(Path path) throws IOException {
            Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /**
     * Finds the account for a folder, and makes the folder that account's own if need be.
     *
     * @throws StartFailedException if root can't become anybody else here
     */
    static ServerAccount of(Path directory) throws IOException {
        if (new UnixSystem().getUid() != 0) {
            return new ServerAccount(List.of(), null);
        }
        ServerAccount account = lentByRoot(directory);
        if (!account.enters(directory)) {
            throw new StartFailedException(
                    ("PostgreSQL does not run as root, and no other user can enter %s: every folder"
                                    + " above it must be open to others")
                            .formatted(directory));
        }
        return account;
    }

    private static ServerAccount lentByRoot(Path directory) throws IOException {
        Owner present = Owner.of(directory);
        if (present.user() != 0) {
            return changed(present);
        }
        var namespace = new ServerAccount(List.of("unshare", "-U"), null);
        if (namespace.runs("true")) {
            return namespace;
        }
        ServerAccount nobody = changed(NOBODY);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                NOBODY.take(file);
            }
        }
        return nobody;
    }

    private static ServerAccount changed(Owner owner) {
        var account =
                new ServerAccount(
                        List.of(
                                "setpriv",
                                "--reuid=" + owner.user(),
                                "--regid=" + owner.group(),
                                "--clear-groups"),
                        owner);
        if (!account.runs("true")) {
            throw new StartFailedException(
                    "PostgreSQL does not run as root, and this system lends root no other user"
                            + " (neither unshare nor setpriv works): start as another user");
        }
        return account;
    }

    /** The command as it must be run to be run by this user. */
    List<String> command(List<String> command) {
        return Commands.concat(prefix, command);
    }

    /** Lets this user read a file that this JVM wrote. */
    void own(Path file) throws IOException {
        if (owner != null) {
            owner.take(file);
        }
    }

    boolean runs(String... command) {
        return Commands.works(command(List.of(command)));
    }

    private boolean enters(Path directory) {
        return runs("sh", "-c", "cd \"$0\" && test -w .", directory.toString());
    }
}
