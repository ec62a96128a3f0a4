package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;

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

import java.util.concurrent.TimeUnit;

/**
 * From a request's bytes to the key that its answer is kept under: {@code java -cp ...
 * org.openjdk.jmh.Main AnswerKeyBenchmark}, see {@code docs/benchmarks.md}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AnswerKeyBenchmark {

    @Param({"300", "20000"})
    int bytes;

    private byte[] body = {};

    @Setup
    public void fill() {
        String head = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"";
        String tail = "\"}],\"max_tokens\":50}";
        int text = Math.max(1, bytes - head.length() - tail.length());
        body = (head + "x".repeat(text) + tail).getBytes(UTF_8);
    }

    @Benchmark
    public AnswerKey peekAndKey() {
        RequestPeek peek = RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, true);
        if (!(peek instanceof RequestPeek.Facts facts) || facts.canonicalHash() == null) {
            throw new IllegalStateException("the body is well-formed");
        }
        return AnswerKey.of("tenant", facts.model(), "", facts.canonicalHash());
    }
}
