package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.batch.jobs.Ids;
import dev.sluice.batch.storage.Storage;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A form with a file, read into the storage as it comes; the fields may come before the file or
 * after it. Closed without being kept, it leaves nothing.
 */
final class Upload implements AutoCloseable {

    /** Bytes of a field at most. */
    private static final int FIELD_BYTES_MAX = 4 * 1024;

    private static final int PIECE_BYTES = 64 * 1024;
    private static final int NAME_MAX = 255;
    private static final Logger LOGGER = LoggerFactory.getLogger(Upload.class);

    private final Storage storage;
    private final long bytesMax;
    private final String id = Ids.file();
    private final Map<String, String> fields = new HashMap<>();
    private Storage.@Nullable Draft draft;
    private String filename = "";
    private long bytes;

    /**
     * Nothing is read yet.
     *
     * @param bytesMax of the file
     */
    Upload(Storage storage, long bytesMax) {
        this.storage = storage;
        this.bytesMax = bytesMax;
    }

    /**
     * Reads the whole form.
     *
     * @throws Refused if it is no form with one file of at most the bound, or the storage refuses
     * @throws IOException if the form cannot be read on
     */
    void read(Multipart form) throws IOException {
        for (var part = form.next(); part.isPresent(); part = form.next()) {
            String name = part.get().name();
            if (name.equals("file")) {
                String called = part.get().filename();
                if (called == null) {
                    throw Refused.invalidType("file", "a file, which has a filename");
                }
                if (draft != null) {
                    throw Refused.badRequest("The form has more than one file.", "file", null);
                }
                filename = bare(called);
                file(form);
            } else if (isField(name) && fields.put(name, field(form, name)) != null) {
                throw Refused.badRequest("'%s' is given twice.".formatted(name), name, null);
            }
        }
        if (draft == null) {
            throw Refused.missing("file");
        }
    }

    private static boolean isField(String name) {
        return name.equals("purpose")
                || name.equals("expires_after[anchor]")
                || name.equals("expires_after[seconds]");
    }

    private void file(Multipart form) throws IOException {
        Storage.Draft opened;
        try {
            opened = storage.draft(id);
        } catch (IOException e) {
            throw away(e);
        }
        draft = opened;
        var piece = new byte[PIECE_BYTES];
        for (int read = form.read(piece); read >= 0; read = form.read(piece)) {
            bytes += read;
            if (bytes > bytesMax) {
                throw Refused.tooLarge(
                        "The file is too large: at most %d bytes can be uploaded."
                                .formatted(bytesMax));
            }
            try {
                opened.write(piece, 0, read);
            } catch (IOException e) {
                throw away(e);
            }
        }
    }

    private static String field(Multipart form, String name) throws IOException {
        var text = new byte[FIELD_BYTES_MAX];
        int length = 0;
        var piece = new byte[FIELD_BYTES_MAX];
        for (int read = form.read(piece); read >= 0; read = form.read(piece)) {
            if (length + read > text.length) {
                throw Refused.invalidValue("'%s' is too long.".formatted(name), name);
            }
            System.arraycopy(piece, 0, text, length, read);
            length += read;
        }
        return new String(text, 0, length, UTF_8);
    }

    /** Without folders, and without what cannot be in a header or in the database. */
    private static String bare(String filename) {
        int folders = Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\'));
        String name =
                filename.substring(folders + 1)
                        .replaceAll("\\p{Cntrl}|[\\x{D800}-\\x{DFFF}]", "")
                        .strip();
        int characters = name.codePointCount(0, name.length());
        // The end stays: it says what the file is.
        return characters <= NAME_MAX
                ? name
                : name.substring(name.offsetByCodePoints(0, characters - NAME_MAX));
    }

    String id() {
        return id;
    }

    String filename() {
        return filename;
    }

    @Nullable String field(String name) {
        return fields.get(name);
    }

    /**
     * Makes the bytes durable.
     *
     * @return how many they are
     * @throws Refused if the storage refuses
     */
    long keep() {
        if (draft == null) {
            throw new IllegalStateException("nothing was uploaded");
        }
        try {
            return draft.keep();
        } catch (IOException e) {
            throw away(e);
        }
    }

    private static Refused away(IOException e) {
        LOGGER.atError().setCause(e).log("the storage of files is away or full");
        return Refused.unavailable("Files cannot be stored at the moment; try again.");
    }

    @Override
    public void close() {
        if (draft != null) {
            draft.close();
        }
    }
}
