package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.accounts.TestingAccounts;
import dev.sluice.schemas.accounts.Account.Role;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.jspecify.annotations.NullUnmarked;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * No answer ever crosses from one tenant, model, name space or question to another, whoever asks
 * what, how and when. Every answer of the provider has a number of its own: whoever gets one for
 * the first time is the only one, with his like, who may get it again.
 */
@NullUnmarked
class CacheIsolationIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";

    /** The keys, and who shares kept answers with them. */
    private static final Map<String, String> TENANTS =
            Map.of(
                    "sk-red-1",
                    "team red",
                    "sk-red-2",
                    "team red",
                    "sk-blue-ann",
                    "team blue",
                    "sk-ann-1",
                    "user ann",
                    "sk-ann-2",
                    "user ann",
                    "sk-bob",
                    "user bob",
                    "sk-lone-1",
                    "key 1",
                    "sk-lone-2",
                    "key 2",
                    GatewayUnderTest.KEY,
                    "master");

    private static EchoProvider provider;
    private static GatewayUnderTest gateway;

    /** Who got an answer first, by its number. */
    private static final ConcurrentMap<String, String> FIRST = new ConcurrentHashMap<>();

    private static final AtomicInteger HITS = new AtomicInteger();

    /** One call as somebody makes it. */
    record Asked(
            String key,
            String model,
            String text,
            String namespace,
            String control,
            boolean stream,
            boolean messages) {

        String body() {
            String cache =
                    namespace.isEmpty() && control.isEmpty()
                            ? ""
                            : ",\"cache\":{%s%s%s}"
                                    .formatted(
                                            namespace.isEmpty()
                                                    ? ""
                                                    : "\"namespace\":\"" + namespace + "\"",
                                            namespace.isEmpty() || control.isEmpty() ? "" : ",",
                                            control);
            return "{\"model\":\"%s\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":%s%s}"
                    .formatted(model, text, stream, cache);
        }

        /** All that an answer may depend on. */
        String mark() {
            return String.join("|", TENANTS.get(key), model, text, namespace);
        }
    }

    @BeforeContainer
    static void start() throws IOException {
        provider = new EchoProvider();
        Path data = Files.createTempDirectory("isolation");
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                          - model_name: one
                            litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k}
                          - model_name: two
                            litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k}
                        litellm_settings: {cache: true}
                        """
                                .replace("PROVIDER", provider.url()));
        gateway.apply(
                TestingAccounts.team("red", List.of()),
                TestingAccounts.team("blue", List.of()),
                TestingAccounts.user("ann", Role.INTERNAL_USER),
                TestingAccounts.user("bob", Role.INTERNAL_USER),
                TestingAccounts.key("sk-red-1").team("red").build(),
                TestingAccounts.key("sk-red-2").team("red").build(),
                TestingAccounts.key("sk-blue-ann").team("blue").user("ann").build(),
                TestingAccounts.key("sk-ann-1").user("ann").build(),
                TestingAccounts.key("sk-ann-2").user("ann").build(),
                TestingAccounts.key("sk-bob").user("bob").build(),
                TestingAccounts.key("sk-lone-1").build(),
                TestingAccounts.key("sk-lone-2").build());
    }

    @AfterContainer
    static void stop() throws IOException {
        gateway.close();
        provider.close();
    }

    @Provide
    Arbitrary<Asked> asked() {
        return Combinators.combine(
                        Arbitraries.of(TENANTS.keySet().stream().sorted().toList()),
                        Arbitraries.of("one", "two"),
                        Arbitraries.of("a", "b", "a b"),
                        Arbitraries.of("", "", "one", "red"),
                        Arbitraries.of("", "", "", "\"no-cache\":true", "\"no-store\":true"),
                        Arbitraries.of(false, false, true),
                        Arbitraries.of(false, false, true))
                .as(Asked::new);
    }

    @Property(tries = 25)
    void neverCrosses(
            @ForAll("asked") Asked first,
            @ForAll @Size(30) List<@net.jqwik.api.From("asked") Asked> more)
            throws Exception {
        check(first);
        for (Asked asked : more) {
            check(asked);
        }
        assertThat(HITS.get()).isPositive();
    }

    @Property(tries = 8)
    void neverCrossesWhenAllAskAtOnce(
            @ForAll @Size(120) List<@net.jqwik.api.From("asked") Asked> all) throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls =
                    all.stream()
                            .<Future<?>>map(asked ->
                                    callers.submit(() -> {
                                        check(asked);
                                        return null;
                                    }))
                            .toList();
            for (Future<?> call : calls) {
                call.get();
            }
        }
        assertThat(HITS.get()).isPositive();
    }

    private static void check(Asked asked) throws IOException {
        HttpResponse<String> answer =
                gateway.post(
                        asked.messages ? "/v1/messages" : CHAT,
                        asked.body(),
                        "Authorization",
                        "Bearer " + asked.key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String said = said(answer.body());
        assertThat(said).endsWith(" to " + asked.text);
        String number = said.substring("answer ".length(), said.indexOf(" to "));
        String first = FIRST.putIfAbsent(number, asked.mark());
        boolean hit = answer.headers().firstValue("x-sluice-cache-hit").isPresent();
        if (first != null) {
            assertThat(first).isEqualTo(asked.mark());
        }
        if (hit) {
            HITS.incrementAndGet();
        }
    }

    /** The text of an answer, in whichever wire and form. */
    private static String said(String body) throws IOException {
        var said = new StringBuilder();
        for (String line : body.split("\n", -1)) {
            String json = line.startsWith("data: ") ? line.substring(6) : line;
            if (json.startsWith("{")) {
                JsonNode read = JSON.readTree(json);
                said.append(read.at("/choices/0/message/content").asText(""));
                said.append(read.at("/choices/0/delta/content").asText(""));
                said.append(read.at("/content/0/text").asText(""));
                said.append(read.at("/delta/text").asText(""));
            }
        }
        return said.toString();
    }
}
