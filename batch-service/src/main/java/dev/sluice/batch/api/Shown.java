package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.jobs.StoredFile;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Files and batches as OpenAI's clients read them. */
final class Shown {

    private static final int PICO_DIGITS = 12;

    private Shown() {}

    static ObjectNode file(StoredFile file) {
        ObjectNode shown = Json.object();
        shown.put("object", "file");
        shown.put("id", file.id());
        shown.put("purpose", file.purpose());
        shown.put("filename", file.filename());
        shown.put("bytes", file.bytes());
        shown.put("created_at", file.createdAt().getEpochSecond());
        time(shown, "expires_at", file.expiresAt());
        shown.put("status", "processed");
        shown.putNull("status_details");
        return shown;
    }

    /**
     * A batch. Under {@code sluice} is what OpenAI does not have.
     *
     * @param now when it is shown
     */
    static ObjectNode batch(Batch batch, Instant now) {
        ObjectNode shown = Json.object();
        shown.put("id", batch.id());
        shown.put("object", "batch");
        shown.put("endpoint", batch.endpoint());
        shown.put("model", batch.model());
        stored(shown, "errors", batch.errors());
        shown.put("input_file_id", batch.inputFileId());
        shown.put("completion_window", batch.window());
        shown.put("status", batch.status().word());
        shown.put("output_file_id", batch.outputFileId());
        shown.put("error_file_id", batch.errorFileId());
        shown.put("created_at", batch.createdAt().getEpochSecond());
        at(shown, batch, BatchStatus.IN_PROGRESS);
        shown.put("expires_at", batch.expiresAt().getEpochSecond());
        at(shown, batch, BatchStatus.FINALIZING);
        at(shown, batch, BatchStatus.COMPLETED);
        at(shown, batch, BatchStatus.FAILED);
        at(shown, batch, BatchStatus.EXPIRED);
        at(shown, batch, BatchStatus.CANCELLING);
        at(shown, batch, BatchStatus.CANCELLED);
        Batch.Counts counts = batch.counts();
        ObjectNode requests = shown.putObject("request_counts");
        requests.put("total", counts.total());
        requests.put("completed", counts.completed());
        requests.put("failed", counts.failed());
        usage(shown.putObject("usage"), batch.usage());
        stored(shown, "metadata", batch.metadata());
        ObjectNode ours = shown.putObject("sluice");
        ours.put("mode", batch.mode().name().toLowerCase(Locale.ROOT));
        ours.put("spend", dollars(batch.usage().spentPico()));
        Long cap = batch.spendCapPico();
        ours.put("spend_cap", cap == null ? null : dollars(cap));
        ours.put("repeated_lines", counts.repeated());
        time(ours, "estimated_completion_at", estimate(batch, now));
        return shown;
    }

    private static void usage(ObjectNode shown, Batch.BatchUsage usage) {
        shown.put("input_tokens", usage.input());
        shown.put("output_tokens", usage.output());
        shown.put("total_tokens", usage.input() + usage.output());
        shown.putObject("input_tokens_details").put("cached_tokens", usage.cached());
        shown.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoning());
    }

    /** When it is done if the lines that are left take as long each as those that are done. */
    static @Nullable Instant estimate(Batch batch, Instant now) {
        Instant begun = batch.times().get(BatchStatus.IN_PROGRESS);
        Batch.Counts counts = batch.counts();
        long done = (long) counts.completed() + counts.failed();
        if (batch.status() != BatchStatus.IN_PROGRESS || begun == null || done == 0) {
            return null;
        }
        long took = Math.max(0, Duration.between(begun, now).toMillis());
        return now.plusMillis(Math.ceilDiv(Math.multiplyExact(took, (long) counts.open()), done));
    }

    /** Picodollars as USD, exactly. */
    static BigDecimal dollars(long pico) {
        return pico == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(pico, PICO_DIGITS).stripTrailingZeros();
    }

    /** Of one more than the page holds. */
    static ObjectNode page(List<ObjectNode> found, int limit) {
        List<ObjectNode> shown = found.subList(0, Math.min(limit, found.size()));
        ObjectNode page = Json.object();
        page.put("object", "list");
        ArrayNode data = page.putArray("data");
        shown.forEach(data::add);
        page.put("first_id", shown.isEmpty() ? null : shown.getFirst().path("id").textValue());
        page.put("last_id", shown.isEmpty() ? null : shown.getLast().path("id").textValue());
        page.put("has_more", found.size() > limit);
        return page;
    }

    /** The header by which a file keeps its name; in UTF-8 too where ASCII is not enough. */
    static String attachment(String filename) {
        String plain = filename.replaceAll("[^ -~]|[\"\\\\]", "_");
        String header = "attachment; filename=\"%s\"".formatted(plain);
        return plain.equals(filename)
                ? header
                : header
                        + "; filename*=UTF-8''"
                        + URLEncoder.encode(filename, UTF_8)
                                .replace("+", "%20")
                                .replace("*", "%2A");
    }

    private static void at(ObjectNode shown, Batch batch, BatchStatus status) {
        time(shown, status.word() + "_at", batch.times().get(status));
    }

    private static void time(ObjectNode shown, String name, @Nullable Instant at) {
        shown.put(name, at == null ? null : (Long) at.getEpochSecond());
    }

    private static void stored(ObjectNode shown, String name, @Nullable String json) {
        if (json == null) {
            shown.putNull(name);
        } else {
            shown.set(name, Json.stored(json));
        }
    }
}
