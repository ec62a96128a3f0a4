package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.ingress.ScriptedProvider;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every row of the table in {@code docs/ledger.md}: a call that ends so, what is in the journal of
 * a real gateway then, and what the caller saw.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all
class EndingsIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final long INPUT_PICO = 2_500_000;
    private static final long OUTPUT_PICO = 10_000_000;
    private static final Pattern ERROR_TYPE = Pattern.compile("\"type\": ?\"([a-z_]+)\"");

    private Path scratch;
    private Path data;
    private ScriptedProvider provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        scratch = folder;
        data = scratch.resolve("data");
        java.nio.file.Files.createDirectories(data);
        provider = new ScriptedProvider(Endings.scripts());
        gateway = GatewayUnderTest.withTwoDeployments(data, models() + SETTINGS);
    }

    private static final String SETTINGS =
            """
            router_settings: {num_retries: 1, retry_after: 1, timeout: 20}
            litellm_settings: {cache: true}
            sluice: {journal: {segment_bytes: 262144, max_bytes: 16777216}}
            """;

    private String models() throws IOException {
        var models = new StringBuilder();
        for (Endings.Ending ending : Endings.all()) {
            String base = "http://127.0.0.1:" + provider.port();
            if (ending.name().equals("the provider refuses the connection")) {
                try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                    base = "http://127.0.0.1:" + closed.getLocalPort();
                }
            } else if (ending.name().equals("the provider speaks no TLS")) {
                base = "https://127.0.0.1:" + provider.port();
            }
            for (int deployment = 0; deployment < ending.deployments(); deployment++) {
                models.append(
                        """
                          - model_name: %1$s
                            litellm_params: {model: openai/gpt-4o, api_base: %2$s/%1$s, api_key: k, timeout: %3$s}
                            model_info: {id: %1$s-%4$d}
                        """
                                .formatted(ending.model(), base, ending.timeout(), deployment));
            }
        }
        return models.toString();
    }

    @AfterAll
    void stop() throws Exception {
        provider.close();
        gateway.close();
    }

    static Stream<Endings.Ending> endings() {
        return Endings.all().stream().filter(ending -> !ending.isHelper());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endings")
    void isBookedAsTheTableSays(Endings.Ending ending) throws IOException {
        LedgerTable.Row row = LedgerTable.row(ending.name());

        HttpResponse<String> answer = gateway.post("/v1/chat/completions", body(ending));

        assertThat(seen(answer, ending.stream())).as("the caller sees").isEqualTo(row.seen());
        assertBooked(row, callId(answer));
    }

    private static UUID callId(HttpResponse<String> answer) {
        return UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
    }

    @Test
    void aDeadConnectionIsAnAttemptOfItsOwn() throws IOException {
        Endings.Ending ending =
                Endings.named("answered on a connection that had rested and was dead");
        gateway.post("/v1/chat/completions", body(ending).replace("hello", "first"));
        HttpResponse<String> second =
                gateway.post("/v1/chat/completions", body(ending).replace("hello", "second"));

        LedgerTable.Row row = LedgerTable.row(ending.name());
        assertThat(seen(second, false)).isEqualTo(row.seen());
        assertBooked(row, callId(second));
    }

    @Test
    void aKeptAnswerIsAHitThatCostsNothing() throws IOException {
        String body = body(Endings.named("answered")).replace("hello", "kept");
        HttpResponse<String> first = gateway.post("/v1/chat/completions", body);
        HttpResponse<String> second = gateway.post("/v1/chat/completions", body);

        LedgerTable.Row row = LedgerTable.row("answered from the cache");
        assertThat(seen(second, false)).isEqualTo(row.seen());
        assertBooked(row, callId(second));
        SpendEvent hit = booked(callId(second)).getFirst();
        SpendEvent paid = booked(callId(first)).getFirst();
        assertThat(hit.attempt()).isZero();
        assertThat(requireNonNull(hit.cache()).savedPico()).isEqualTo(paid.costPico()).isPositive();
    }

    @Test
    void aCallThatIsRefusedBeforeAnyAttemptIsNotBooked() throws IOException {
        HttpResponse<String> answer =
                gateway.post(
                        "/v1/chat/completions",
                        body(Endings.named("answered")).replace("\"m-", "\"no-"));

        LedgerTable.Row row = LedgerTable.row("refused by the gateway before any attempt");
        assertThat(seen(answer, false)).isEqualTo(row.seen());
        assertBooked(row, callId(answer));
    }

    @Test
    void theCallerLeavesAStream() throws IOException {
        try (Socket socket = call("a stream without end")) {
            await().atMost(SOON).until(() -> !text(socket, 400).isEmpty());
        }

        awaitBooked("the caller leaves a stream", "a stream without end");
    }

    @Test
    void theCallerLeavesBeforeAPlainAnswer() throws IOException {
        Socket socket = call("answered late");
        awaitStarted("answered late");
        socket.close();

        awaitBooked("the caller leaves before a plain answer", "answered late");
    }

    @Test
    void theGatewayDiesDuringACall() throws IOException {
        try (Socket socket = call("the gateway dies during a call")) {
            awaitStarted("the gateway dies during a call");
            awaitBooked("the gateway dies during a call", "the gateway dies during a call");
            assertThat(socket.isClosed()).isFalse();
        }
    }

    @Test
    void theGatewayDiesBetweenTwoAttempts() throws IOException {
        try (Socket socket = call("the gateway dies between two attempts")) {
            awaitBooked(
                    "the gateway dies between two attempts",
                    "the gateway dies between two attempts");
            assertThat(socket.isClosed()).isFalse();
        }
    }

    @Test
    void theTableHasARowForEachEndingAndNoOther() throws IOException {
        Set<String> expected =
                Endings.all().stream()
                        .filter(ending -> !ending.isHelper())
                        .map(Endings.Ending::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        expected.addAll(
                Set.of(
                        "answered on a connection that had rested and was dead",
                        "answered from the cache",
                        "refused by the gateway before any attempt",
                        "the caller leaves a stream",
                        "the caller leaves before a plain answer",
                        "the gateway dies during a call",
                        "the gateway dies between two attempts"));

        assertThat(LedgerTable.names()).isEqualTo(expected);
    }

    private Socket call(String ending) throws IOException {
        String body = body(Endings.named(ending));
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        socket.setSoTimeout(100);
        socket.getOutputStream()
                .write(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(GatewayUnderTest.KEY, body.length(), body)
                                .getBytes(UTF_8));
        return socket;
    }

    private static String text(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), UTF_8);
    }

    private void awaitStarted(String ending) {
        await().atMost(SOON).until(() -> !ofModel(ending).isEmpty());
    }

    /** These calls never answer with an id: each model is called once. */
    private List<SpendEvent> ofModel(String ending) throws IOException {
        String model = Endings.named(ending).model();
        return JournalReading.all(data.resolve("journal"), scratch).stream()
                .filter(event -> model.equals(event.target().modelGroup()))
                .toList();
    }

    private void awaitBooked(String rowName, String ending) throws IOException {
        LedgerTable.Row row = LedgerTable.row(rowName);
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(describe(ofModel(ending))).isEqualTo(row.booked()));
        assertSound(ofModel(ending));
    }

    private List<SpendEvent> booked(UUID request) throws IOException {
        return JournalReading.of(data.resolve("journal"), scratch, request);
    }

    private void assertBooked(LedgerTable.Row row, UUID request) throws IOException {
        List<SpendEvent> events = booked(request);
        assertThat(describe(events)).as("booked").isEqualTo(row.booked());
        assertSound(events);
    }

    /** What holds of every request: one final event, its last; money by usage; each once. */
    private static void assertSound(List<SpendEvent> events) {
        for (SpendEvent event : events) {
            assertThat(event.isFinal()).isEqualTo(event.equals(events.getLast()));
            assertThat(event.costPico())
                    .isEqualTo(
                            event.usage().promptTokens() * INPUT_PICO
                                    + event.usage().completionTokens() * OUTPUT_PICO);
            assertThat(event.endedAt()).isAfterOrEqualTo(event.startedAt());
        }
        assertThat(events.stream().map(SpendEvent::eventId)).doesNotHaveDuplicates();
    }

    private static String describe(List<SpendEvent> events) {
        return events.isEmpty()
                ? "nothing"
                : events.stream().map(EndingsIT::describe).collect(Collectors.joining("; "));
    }

    private static String describe(SpendEvent event) {
        String errorClass = event.errorClass();
        return "%s, %s%s: %s"
                .formatted(
                        event.kind().name().toLowerCase(Locale.ROOT),
                        event.status().name().toLowerCase(Locale.ROOT),
                        errorClass == null ? "" : " " + errorClass,
                        usage(event));
    }

    private static String usage(SpendEvent event) {
        long input = event.usage().promptTokens();
        long output = event.usage().completionTokens();
        if (event.kind() == Kind.SETTLED) {
            assertThat(input).isEqualTo(11);
            assertThat(output).isEqualTo(7);
            return "as stated";
        }
        if (event.kind() != Kind.ESTIMATED) {
            assertThat(input + output).isZero();
            return "0";
        }
        assertThat(input).isBetween(1L, 20L);
        return output == 0 ? "prompt" : "prompt and what came";
    }

    private static String seen(HttpResponse<String> answer, boolean stream) {
        Matcher type = ERROR_TYPE.matcher(answer.body());
        String error = type.find() ? " " + type.group(1) : "";
        if (!stream || answer.statusCode() != 200) {
            return answer.statusCode() + error;
        }
        String end = answer.body().endsWith("data: [DONE]\n\n") ? "to its end" : "no [DONE]";
        return "200, " + (error.isEmpty() ? end : "then" + error);
    }

    private static String body(Endings.Ending ending) {
        return """
        {"model": "%s", "stream": %b, "messages": [{"role": "user", "content": "hello"}]}\
        """
                .formatted(ending.model(), ending.stream());
    }
}
