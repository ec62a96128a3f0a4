package dev.sluice.providers.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.bedrock.EventFrames;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.schemas.config.Secret;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What speaking another protocol costs: a request, a plain answer, an event of a stream. {@code
 * openai} is the wire that needs no translation. Run {@link #main}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TranslationBenchmark {

    private static final int EVENTS = 500;

    /** LiteLLM's prefix of the provider. */
    @Param({"openai", "deepseek", "anthropic", "gemini", "bedrock", "cohere"})
    public String provider = "";

    /** The size of the request, and of the answer's text, in bytes. */
    @Param({"1000", "20000"})
    public int size;

    private Protocol protocol = protocol("openai");
    private final ModelCall small =
            Calls.chat("{'model':'m','messages':[{'role':'user','content':'Hi'}]}");
    private ModelCall call = small;
    private byte[] answer = {};
    private byte[] stream = {};
    private final byte[] buffer = new byte[16 * 1024];

    private static final class NoTokens implements TokenSources {
        static final TokenSources SOURCES = new NoTokens();

        @Override
        public AccessTokens google(ProtocolSettings settings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public AccessTokens entra(ProtocolSettings settings) {
            throw new UnsupportedOperationException();
        }
    }

    private static Protocol protocol(String provider) {
        boolean isBedrock = provider.equals("bedrock");
        Map<String, Object> keys =
                Map.of(
                        "aws_access_key_id",
                        "AKIDEXAMPLE",
                        "aws_secret_access_key",
                        "secret",
                        "aws_region_name",
                        "us-east-1");
        var settings =
                new ProtocolSettings(
                        provider,
                        isBedrock ? "anthropic.claude-sonnet-4" : "some-model",
                        isBedrock ? null : new Secret("test-key"),
                        null,
                        null,
                        null,
                        Parameters.STRICT,
                        Map.of(),
                        Map.of(),
                        isBedrock ? keys : Map.of(),
                        _ -> null);
        return Protocols.of(settings, NoTokens.SOURCES).orElseThrow();
    }

    /** Makes the request, the answer and the stream. */
    @Setup
    public void prepare() {
        protocol = protocol(provider);
        String turn = "The quick brown fox\\n jumps over the \\\"lazy\\\" dog. ".repeat(8);
        int turns = Math.max(1, size / (2 * turn.length() + 70));
        String messages =
                IntStream.range(0, turns)
                        .mapToObj(_ ->
                                "{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"%s\"}"
                                        .formatted(turn, turn))
                        .collect(Collectors.joining(","));
        byte[] body =
                ("{\"model\":\"some-model\",\"temperature\":0.7,\"max_tokens\":200,\"messages\":[{\"role\":\"system\","
                                + "\"content\":\"Be brief.\"},"
                                + messages
                                + ",{\"role\":\"user\",\"content\":\"And now?\"}]}")
                        .getBytes(UTF_8);
        if (RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, false)
                instanceof RequestPeek.Facts facts) {
            call = new ModelCall(Endpoint.CHAT_COMPLETIONS, body, body.length, facts, null);
        } else {
            throw new IllegalStateException("not a request");
        }
        answer = answer("word ".repeat(size / 5)).getBytes(UTF_8);
        stream = stream();
    }

    private String answer(String text) {
        return switch (provider) {
            case "anthropic" ->
                    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"text\","
                            + "\"text\":\""
                            + text
                            + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                            + "\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":0,"
                            + "\"cache_read_input_tokens\":0,\"output_tokens\":20}}";
            case "gemini" ->
                    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
                            + text
                            + "\"}],\"role\":\"model\"},"
                            + "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":10,"
                            + "\"candidatesTokenCount\":20,\"totalTokenCount\":30},\"modelVersion\":\"m\"}";
            case "bedrock" ->
                    "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\""
                            + text
                            + "\"}]}},"
                            + "\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":10,\"outputTokens\":20,"
                            + "\"totalTokens\":30},\"metrics\":{\"latencyMs\":100}}";
            case "cohere" ->
                    "{\"id\":\"c1\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\""
                            + text
                            + "\"}]},\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":10,"
                            + "\"output_tokens\":20},\"tokens\":{\"input_tokens\":10,\"output_tokens\":20}}}";
            default ->
                    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                            + "\"message\":{\"role\":\"assistant\",\"content\":\""
                            + text
                            + "\"},\"finish_reason\":\"stop\"}],"
                            + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":20,\"total_tokens\":30}}";
        };
    }

    private byte[] stream() {
        return switch (provider) {
            case "anthropic" ->
                    sse(
                            "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],"
                                    + "\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}",
                            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
                            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}}",
                            "{\"type\":\"content_block_stop\",\"index\":0}",
                            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":20}}",
                            "{\"type\":\"message_stop\"}");
            case "gemini" ->
                    sse(
                            geminiChunk(" word", ""),
                            geminiChunk(" word", ""),
                            geminiChunk(" word", ""),
                            geminiChunk(".", ",\"finishReason\":\"STOP\""));
            case "bedrock" -> frames();
            case "cohere" ->
                    sse(
                            "{\"type\":\"message-start\",\"id\":\"i\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[]}}}",
                            "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}",
                            "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\" word\"}}}}",
                            "{\"type\":\"content-end\",\"index\":0}",
                            "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":10,\"output_tokens\":20}}}}");
            default ->
                    sse(
                            openAiChunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
                            openAiChunk("{\"content\":\" word\"}", "null"),
                            openAiChunk("{\"content\":\" word\"}", "null"),
                            openAiChunk("{}", "\"stop\""),
                            "[DONE]");
        };
    }

    private static String openAiChunk(String delta, String finish) {
        return "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
                + delta
                + ",\"finish_reason\":"
                + finish
                + "}]}";
    }

    private static String geminiChunk(String text, String finish) {
        return "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
                + text
                + "\"}],\"role\":\"model\"}"
                + finish
                + ",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":20,\"totalTokenCount\":30},"
                + "\"modelVersion\":\"m\",\"responseId\":\"r\"}";
    }

    /** The third event is repeated, so that there are as many as are counted. */
    private static byte[] sse(String... events) {
        var text = new StringBuilder();
        for (int i = 0; i < events.length; i++) {
            int times = i == 2 ? EVENTS - events.length + 1 : 1;
            text.append(("data: " + events[i] + "\n\n").repeat(times));
        }
        return text.toString().getBytes(UTF_8);
    }

    private static byte[] frames() {
        var frames = new EventFrames().event("messageStart", "{\"role\":\"assistant\"}");
        for (int i = 0; i < EVENTS - 4; i++) {
            frames.event(
                    "contentBlockDelta",
                    "{\"contentBlockIndex\":0,\"delta\":{\"text\":\" word\"},\"p\":\"abcdefgh\"}");
        }
        return frames.event("contentBlockStop", "{\"contentBlockIndex\":0}")
                .event("messageStop", "{\"stopReason\":\"end_turn\"}")
                .event(
                        "metadata",
                        "{\"usage\":{\"inputTokens\":10,\"outputTokens\":20,\"totalTokens\":30},\"metrics\":{\"latencyMs\":1}}")
                .bytes();
    }

    /** The provider's request of the caller's; Bedrock's is signed too. */
    @Benchmark
    public Preparation request() {
        return protocol.prepare(call);
    }

    /** A plain answer with as much text. */
    @Benchmark
    public byte[] answer() throws UnreadableAnswerException {
        Translation translation = Calls.ready(protocol, small).translation();
        return translation.isIdentity() ? answer : translation.answer(answer);
    }

    /** One event of a stream of 500; the size plays no part. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long event() throws IOException {
        Translation translation = Calls.ready(protocol, small).translation();
        ByteSource translated = translation.stream(packets());
        long total = 0;
        int count = translated.read(buffer, 0, buffer.length);
        while (count >= 0) {
            total += count;
            count = translated.read(buffer, 0, buffer.length);
        }
        return total;
    }

    /** As a network hands them out: a few events at a time. */
    private ByteSource packets() {
        int[] at = {0};
        return (into, offset, length) -> {
            int count = Math.min(Math.min(length, 1400), stream.length - at[0]);
            System.arraycopy(stream, at[0], into, offset, count);
            at[0] += count;
            return count == 0 ? -1 : count;
        };
    }

    /** Runs the benchmark in this class path. */
    public static void main(String[] arguments) throws RunnerException {
        new Runner(new OptionsBuilder().include(TranslationBenchmark.class.getSimpleName()).build())
                .run();
    }
}
