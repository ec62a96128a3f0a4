package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/** What reading a request, an answer and a stream's chunk costs. Run {@link #main}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestPeekBenchmark {

    private static final String CHUNK =
            "data: {\"id\":\"chatcmpl-COrTbn1vT5ddb2i6ZlOOM8Q6pOvBa\",\"object\":\"chat.completion.chunk\","
                    + "\"created\":1760041471,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\","
                    + "\"system_fingerprint\":\"fp_cbf1785567\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                    + "\" word\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":"
                    + "\"pIfys15QtbIy6\"}\n\n";

    /** The size of the body in bytes. */
    @Param({"300", "20000"})
    public int size;

    private byte[] body = {};
    private byte[] answer = {};
    private SseReader chunks = new SseReader(InputStream.nullInputStream()::read, 1);

    /** Makes a body of turns of about a hundred words each. */
    @Setup
    public void prepare() {
        var text = new StringBuilder();
        text.append(
                "{\"model\":\"gpt-4o\",\"temperature\":0.7,\"stream\":true,\"user\":\"u-1\",\"messages\":[");
        String turn = "{\"role\":\"user\",\"content\":\"%s\"}";
        int left = size - text.length() - 2;
        while (left > 0) {
            int words = Math.min(600, Math.max(left - turn.length() - 1, 1));
            String content = "The quick brown fox\\n jumps. ".repeat(25).substring(0, words);
            String safe = content.endsWith("\\") ? content.substring(1) + "n" : content;
            text.append(turn.formatted(safe)).append(',');
            left = size - text.length() - 2;
        }
        text.setLength(text.length() - 1);
        body = text.append("]}").toString().getBytes(UTF_8);
        answer =
                ("{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt-4o\",\"choices\":"
                                + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                                + "word ".repeat(size / 5)
                                + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,"
                                + "\"completion_tokens\":20,\"total_tokens\":30,\"prompt_tokens_details\":"
                                + "{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}}")
                        .getBytes(UTF_8);
        chunks = endlessChunks();
        if (peek() instanceof RequestPeek.Malformed malformed) {
            throw new IllegalStateException(malformed.message());
        }
    }

    private static SseReader endlessChunks() {
        byte[] chunk = CHUNK.getBytes(UTF_8);
        return new SseReader(
                (into, offset, length) -> {
                    int count = Math.min(length, chunk.length);
                    System.arraycopy(chunk, 0, into, offset, count);
                    return count;
                },
                SseReader.EVENT_BYTES_MAX);
    }

    /** The facts alone. */
    @Benchmark
    public RequestPeek peek() {
        return RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, false);
    }

    /** The facts and the canonical hash. */
    @Benchmark
    public RequestPeek peekWithHash() {
        return RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, true);
    }

    /** The facts of a plain answer with as much text. */
    @Benchmark
    public ResponseFacts response() {
        return ResponseFacts.of(answer, answer.length);
    }

    /** One ordinary chunk of a stream, found, told and passed on; the size plays no part. */
    @Benchmark
    public SseEvent chunk() throws IOException {
        chunks.next();
        return chunks.event();
    }

    /** Runs the benchmark in this class path. */
    public static void main(String[] arguments) throws RunnerException {
        new Runner(
                        new OptionsBuilder()
                                .include(RequestPeekBenchmark.class.getSimpleName())
                                .addProfiler("gc")
                                .build())
                .run();
    }
}
