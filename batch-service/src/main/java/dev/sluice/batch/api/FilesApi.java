package dev.sluice.batch.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.batch.jobs.StoredFile;
import dev.sluice.batch.jobs.StoredFiles;
import dev.sluice.batch.storage.Storage;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * OpenAI's {@code /v1/files}. An upload is always read to its end, also one that is refused: who
 * sends it reads our answer afterwards.
 */
public final class FilesApi {

    /** Bytes of a form beside its file, at most. */
    public static final long FORM_BYTES = 1 << 20;

    private static final Logger LOGGER = LoggerFactory.getLogger(FilesApi.class);
    private static final int TRANSFERS_MAX = 64;
    private static final int LIST_MAX = 10_000;
    private static final int COPY_BYTES = 64 * 1024;
    private static final long EXPIRY_LEAST = 3_600;
    private static final long EXPIRY_MOST = 30L * 24 * 3_600;

    /** OpenAI's: the input of a batch goes after thirty days, everything else stays. */
    private static final Duration BATCH_EXPIRY = Duration.ofDays(30);

    private static final Set<String> PURPOSES =
            Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");
    private static final List<String> PURPOSES_TOLD =
            PURPOSES.stream().sorted().map("'%s'"::formatted).toList();

    private final StoredFiles files;
    private final Storage storage;
    private final long bytesMax;
    private final InstantSource clock;
    private final Semaphore transfers = new Semaphore(TRANSFERS_MAX);

    /**
     * @param bytesMax of one file
     */
    public FilesApi(DSLContext sql, Storage storage, long bytesMax, InstantSource clock) {
        this.files = new StoredFiles(sql);
        this.storage = storage;
        this.bytesMax = bytesMax;
        this.clock = clock;
    }

    /** Registers the routes. */
    public void register(HttpRouting.Builder routing) {
        routing.post("/v1/files", this::upload)
                .get("/v1/files", this::list)
                .get("/v1/files/{id}", this::retrieve)
                .delete("/v1/files/{id}", this::delete)
                .get("/v1/files/{id}/content", this::content)
                .error(Refused.class, Answers::refused);
    }

    private void upload(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        String boundary =
                Multipart.boundary(request.headers().first(HeaderNames.CONTENT_TYPE).orElse(""))
                        .orElse(null);
        if (!request.content().hasEntity()) {
            throw Refused.missing("file");
        }
        InputStream in = new RequestStream(request.content().inputStream());
        ObjectNode answer;
        try {
            answer = kept(visitor, in, boundary);
        } catch (Refused e) {
            readToTheEnd(in);
            throw e;
        } catch (IOException e) {
            throw new CloseConnectionException("an upload broke off", e);
        }
        readToTheEnd(in);
        Answers.send(response, answer);
    }

    private ObjectNode kept(Visitor visitor, InputStream in, @Nullable String boundary)
            throws IOException {
        if (boundary == null) {
            throw Refused.badRequest("The body is not multipart/form-data with a boundary.");
        }
        if (!transfers.tryAcquire()) {
            throw Refused.busy("Too many files are under way; try again.");
        }
        try (var upload = new Upload(storage, bytesMax)) {
            upload.read(new Multipart(in, boundary));
            return Shown.file(kept(visitor, upload));
        } finally {
            transfers.release();
        }
    }

    private StoredFile kept(Visitor visitor, Upload upload) {
        String purpose = purpose(upload.field("purpose"));
        if (purpose.equals(StoredFile.BATCH) && !upload.filename().endsWith(".jsonl")) {
            throw Refused.badRequest("Invalid file format for Batch API. Must be .jsonl");
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Duration expiry =
                expiry(
                        upload.field("expires_after[anchor]"),
                        upload.field("expires_after[seconds]"));
        if (expiry == null && purpose.equals(StoredFile.BATCH)) {
            expiry = BATCH_EXPIRY;
        }
        var file =
                new StoredFile(
                        upload.id(),
                        visitor.owner(),
                        purpose,
                        upload.filename(),
                        upload.keep(),
                        now,
                        expiry == null ? null : now.plus(expiry));
        boolean written = false;
        try {
            files.create(file);
            written = true;
        } finally {
            if (!written) {
                remove(file.id());
            }
        }
        return file;
    }

    private static String purpose(@Nullable String purpose) {
        if (purpose == null) {
            throw Refused.missing("purpose");
        }
        if (!PURPOSES.contains(purpose)) {
            throw Refused.invalidValue(
                    "Invalid value for 'purpose'. Supported values are: %s."
                            .formatted(String.join(", ", PURPOSES_TOLD)),
                    "purpose");
        }
        return purpose;
    }

    private static @Nullable Duration expiry(@Nullable String anchor, @Nullable String seconds) {
        if (anchor == null && seconds == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw Refused.invalidValue(
                    "Invalid value for 'expires_after.anchor'. Supported values are: 'created_at'.",
                    "expires_after.anchor");
        }
        long wanted;
        try {
            wanted = seconds == null ? -1 : Long.parseLong(seconds);
        } catch (NumberFormatException _) {
            wanted = -1;
        }
        return expiry(wanted, "expires_after.seconds");
    }

    /** Seconds after which a file goes, within OpenAI's bounds. */
    static Duration expiry(long seconds, String parameter) {
        if (seconds < EXPIRY_LEAST || seconds > EXPIRY_MOST) {
            throw Refused.invalidValue(
                    "Invalid value for '%s': expected an integer from %d to %d."
                            .formatted(parameter, EXPIRY_LEAST, EXPIRY_MOST),
                    parameter);
        }
        return Duration.ofSeconds(seconds);
    }

    /** Of a refused upload no more than what could have been a file is read. */
    private void readToTheEnd(InputStream in) {
        var waste = new byte[COPY_BYTES];
        long left = bytesMax + FORM_BYTES;
        try {
            for (int read = in.read(waste); read >= 0; read = in.read(waste)) {
                left -= read;
                if (left < 0) {
                    throw new CloseConnectionException("an upload is endless");
                }
            }
        } catch (IOException e) {
            throw new CloseConnectionException("an upload broke off", e);
        }
    }

    private void list(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        var query = new Query(request);
        int limit = query.number("limit", LIST_MAX, 1, LIST_MAX);
        String order = query.text("order");
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            throw Refused.invalidValue(
                    "Invalid value for 'order'. Supported values are: 'asc', 'desc'.", "order");
        }
        List<StoredFile> found =
                files.list(
                        new StoredFiles.Query(
                                visitor.listed(),
                                query.text("purpose"),
                                query.text("after"),
                                !"asc".equals(order),
                                limit + 1),
                        clock.instant());
        Answers.send(response, Shown.page(found.stream().map(Shown::file).toList(), limit));
    }

    private void retrieve(ServerRequest request, ServerResponse response) {
        Answers.send(response, Shown.file(shown(request)));
    }

    private void delete(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        StoredFile file = shown(request);
        if (!visitor.changes(file.owner())) {
            throw Refused.forbidden("This file may be read, not deleted.");
        }
        switch (files.delete(file.id())) {
            case ABSENT -> throw Refused.noFile(file.id(), "id");
            case IN_USE ->
                    throw Refused.badRequest(
                            "The file is the input of a batch that has not ended; cancel the batch"
                                    + " first.",
                            "id",
                            null);
            case DONE -> remove(file.id());
        }
        ObjectNode answer = Json.object();
        answer.put("object", "file").put("id", file.id()).put("deleted", true);
        Answers.send(response, answer);
    }

    private void content(ServerRequest request, ServerResponse response) {
        StoredFile file = shown(request);
        ByteRange range =
                request.headers()
                        .first(HeaderNames.RANGE)
                        .flatMap(header -> ByteRange.of(header, file.bytes()))
                        .orElse(null);
        response.header(HeaderNames.ACCEPT_RANGES, "bytes");
        if (range != null && !range.isSatisfiable()) {
            response.header(HeaderNames.CONTENT_RANGE, range.of(file.bytes()));
            Answers.send(response, Refused.of(416, "The file does not have these bytes."));
            return;
        }
        if (!transfers.tryAcquire()) {
            throw Refused.busy("Too many files are under way; try again.");
        }
        try {
            send(file, range, response);
        } finally {
            transfers.release();
        }
    }

    private void send(StoredFile file, @Nullable ByteRange range, ServerResponse response) {
        ByteRange part = range == null ? new ByteRange(0, file.bytes()) : range;
        try (InputStream in = storage.read(file.id(), part.offset(), part.length())) {
            if (range != null) {
                response.status(Status.PARTIAL_CONTENT_206)
                        .header(HeaderNames.CONTENT_RANGE, range.of(file.bytes()));
            }
            response.header(HeaderNames.CONTENT_TYPE, "application/octet-stream")
                    .header(HeaderNames.CONTENT_DISPOSITION, Shown.attachment(file.filename()))
                    .header(HeaderNames.CONTENT_LENGTH, Long.toString(part.length()));
            try (OutputStream out = response.outputStream()) {
                in.transferTo(out);
            }
        } catch (IOException e) {
            if (response.isSent()) {
                throw new CloseConnectionException("a file broke off", e);
            }
            LOGGER.atError().addKeyValue("file", file.id()).setCause(e).log("file is not readable");
            throw Refused.unavailable("The file cannot be read at the moment; try again.");
        }
    }

    /** The file that the path names, if it may be seen. */
    private StoredFile shown(ServerRequest request) {
        Visitor visitor = Visitor.of(request.headers());
        String id = request.path().pathParameters().get("id");
        return Query.known(id)
                .flatMap(known -> files.find(known, clock.instant()))
                .filter(file -> visitor.reads(file.owner()))
                .orElseThrow(() -> Refused.noFile(id, "id"));
    }

    /**
     * Removes files that have expired.
     *
     * @param limit files at most
     * @return how many
     */
    public int sweep(int limit) {
        int swept = 0;
        for (String id : files.expired(clock.instant(), limit)) {
            if (files.delete(id) == StoredFiles.Deletion.DONE) {
                remove(id);
                swept++;
            }
        }
        return swept;
    }

    private void remove(String id) {
        try {
            storage.delete(id);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("file", id)
                    .setCause(e)
                    .log("the bytes of a deleted file could not be removed");
        }
    }
}
