package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.SIGNATURE;
import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.team;
import static dev.sluice.ingress.accounts.TestingAccounts.user;
import static dev.sluice.ingress.accounts.TestingAccounts.userWithModels;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Attempts to get in, or to more than one is given. None may succeed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BypassIT {

    private static final String MASTER = GatewayUnderTest.KEY;
    private static final String PLAIN = "sk-plain-key";
    private static final String RESTRICTED = "sk-restricted-key";
    private static final String INTERNAL = "sk-internal-key";
    private static final String BLOCKED = "sk-blocked-key";

    private TestingAggregator aggregator;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        aggregator = new TestingAggregator();
        gateway = GatewayUnderTest.with(data, "", aggregator.uri());
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        gateway.apply(
                user("internal", Role.INTERNAL_USER),
                userWithModels("restricted", "embedder"),
                team("t", List.of("embedder")),
                key(PLAIN).models("embedder").build(),
                key(RESTRICTED)
                        .user("restricted")
                        .alias("embedder", "single")
                        .routes("/chat/completions")
                        .build(),
                key("sk-team-key").team("t").alias("embedder", "single").build(),
                key(INTERNAL).user("internal").build(),
                key(BLOCKED).blocked().version(5).build());
    }

    @BeforeEach
    void forget() {
        aggregator.asked();
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        aggregator.close();
    }

    /** Head lines that show no good key, however they are read. */
    static Stream<String> heads() {
        String hash = Authenticator.hashOf(MASTER);
        return Stream.of(
                "X-Nothing: 1",
                "Authorization: " + MASTER,
                "Authorization: Bearer",
                "Authorization: Bearer\t",
                "Authorization: Basic " + MASTER,
                "Authorization: Bearer Bearer " + MASTER,
                "Authorization: Bearer x, Bearer " + MASTER,
                "Authorization: Bearer " + MASTER + ", Bearer x",
                "Authorization: Bearer \"" + MASTER + "\"",
                "Authorization: Bearer " + MASTER + "%00",
                "Authorization: Bearer " + MASTER + "\u00a0x",
                "Authorization: Bearer " + MASTER.toUpperCase(java.util.Locale.ROOT),
                "Authorization: Bearer " + hash,
                "Authorization: Bearer sk-" + hash,
                "Authorization: Bearer key:" + hash,
                "Authorization: Bearer " + Authenticator.hashOf(PLAIN),
                "Authorization: Bearer " + GatewayUnderTest.CREDENTIAL,
                "Authorization: Bearer " + BLOCKED,
                "Authorization: Bearer x\r\nAuthorization: Bearer " + MASTER,
                "Authorization: Bearer " + MASTER + "\r\nAuthorization: Bearer x",
                "Authorization: Bearer " + MASTER + "\r\nauthorization: Bearer " + MASTER,
                "Authorization: Bearer x\r\nX-Api-Key: " + MASTER,
                "X-Api-Key: x\r\nX-Api-Key: " + MASTER,
                "Authorization:\r\nX-Api-Key: " + MASTER,
                "Authorization : Bearer " + MASTER,
                "X-Other: a\r\n Authorization: Bearer " + MASTER,
                "Proxy-Authorization: Bearer " + MASTER,
                "Cookie: token=" + MASTER,
                "X-Original-Authorization: Bearer " + MASTER,
                "X-Forwarded-Authorization: Bearer " + MASTER,
                "X-Forwarded-For: 127.0.0.1",
                "X-Sluice-Caller-Role: proxy_admin",
                "X-Sluice-On-Behalf-Of: " + Authenticator.hashOf(INTERNAL),
                "x-litellm-api-key: x\r\nAuthorization: Bearer " + MASTER);
    }

    @ParameterizedTest
    @MethodSource("heads")
    void letsNobodyInByTheHead(String head) throws Exception {
        for (String path : List.of("/v1/models", "/key/info", "/spend/logs", "/model/info")) {
            refused("GET " + path + " HTTP/1.1\r\n" + head, "");
        }
        refused("POST /v1/chat/completions HTTP/1.1\r\n" + head, chat("single"));
        assertThat(aggregator.asked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/models?key=MASTER",
                "/v1/models?api_key=MASTER",
                "/v1/models?api-key=MASTER",
                "/v1/models?authorization=Bearer%20MASTER",
                "/v1/models?token=MASTER",
                "/v1/models/MASTER",
                "/v1/models#MASTER"
            })
    void readsNoKeyFromThePath(String path) throws Exception {
        refused("GET " + path.replace("MASTER", MASTER) + " HTTP/1.1", "");
    }

    /** Paths by which a reader with habits of his own would come to a route for admins. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/user/new",
                "//user/new",
                "/user//new",
                "/./user/new",
                "/user/./new",
                "/key/../user/new",
                "/v1/chat/completions/../../../user/new",
                "/user/new/",
                "/USER/NEW",
                "/User/New",
                "/user%2Fnew",
                "/user/%6eew",
                "/%75ser/new",
                "/key/%2e%2e/user/new",
                "/user;a=b/new",
                "/user/new;a=b",
                "/user\\new",
                "/user/new%00",
                "/user/new%20",
                "/user/new?",
                "/user/new?x=/key/info",
                "/user/new#",
                "/v1/user/new",
                "/key/x%2F..%2F..%2Fuser%2Fnew/regenerate",
                "/health/../user/new",
                "/models/../user/new",
                "/v1/models/%2e%2e/%2e%2e/user/new",
                "http://127.0.0.1/user/new"
            })
    void keepsAdminRoutesFromUsersWhateverThePathLooksLike(String path) throws Exception {
        refused("POST " + path + " HTTP/1.1\r\nAuthorization: Bearer " + INTERNAL, "{}");
        assertThat(aggregator.asked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PATCH /user/new HTTP/1.1",
                "PUT /user/new HTTP/1.1",
                "post /user/new HTTP/1.1",
                "GET /user/new HTTP/1.1\r\nX-HTTP-Method-Override: POST",
                "GET /key/list HTTP/1.1\r\nX-HTTP-Method-Override: POST\r\nX-Original-URL: /user/new",
                "GET /v1/models HTTP/1.1\r\nX-Rewrite-URL: /user/new",
                "POST /user/new?_method=GET HTTP/1.1",
                "TRACE /user/new HTTP/1.1",
                "CONNECT /user/new HTTP/1.1",
                "HEAD /user/list HTTP/1.1"
            })
    void changesNothingByAnotherMethod(String request) throws Exception {
        answer(request + "\r\nAuthorization: Bearer " + INTERNAL, "");

        assertThat(aggregator.asked())
                .allSatisfy(asked -> {
                    assertThat(asked.method()).isEqualTo("GET");
                    assertThat(asked.path()).isEqualTo("/key/list");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"user_role\":\"proxy_admin\"}",
                "{\"user_id\":\"someone\",\"team_id\":\"other\"}",
                "{\"x-sluice-caller-role\":\"proxy_admin\"}",
                "{\"metadata\":{\"x-sluice-caller-role\":\"proxy_admin\"}}"
            })
    void noBodyChangesWhoIsCalling(String body) throws Exception {
        answer("POST /key/generate HTTP/1.1\r\nAuthorization: Bearer " + INTERNAL, body);

        assertThat(aggregator.asked())
                .singleElement()
                .satisfies(asked -> {
                    assertThat(asked.header("x-sluice-caller-role")).isEqualTo("internal_user");
                    assertThat(asked.header("x-sluice-caller-user")).isEqualTo("internal");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"single\",MESSAGES}",
                "{\"model\":\"embedder\",\"model\":\"single\",MESSAGES}",
                "{\"model\":\"single\",\"model\":\"embedder\",MESSAGES}",
                "{\"mod\\u0065l\":\"single\",\"model\":\"embedder\",MESSAGES}",
                "{\"model\":\"embedder\",\"mod\\u0065l\":\"single\",MESSAGES}",
                "{\"model\":\"s\\u0069ngle\",MESSAGES}",
                "{\"model\":\"Single\",MESSAGES}",
                "{\"model\":\" single\",MESSAGES}",
                "{\"model\":\"single\\u0000\",MESSAGES}",
                "{\"model\":[\"single\"],MESSAGES}",
                "{\"model\":\"embedder,single\",MESSAGES}",
                "{\"model\":\"*\",MESSAGES}",
                "{\"model\":\"openai/single\",MESSAGES}",
                "{\"MODEL\":\"single\",MESSAGES}"
            })
    void servesNoModelThatTheKeyMayNotUse(String body) throws Exception {
        String text =
                body.replace("MESSAGES", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]");

        for (String caller : List.of(PLAIN, RESTRICTED)) {
            refused("POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + caller, text);
        }
    }

    @Test
    void noAliasOfAKeyGetsAroundTheListOfItsUserOrTeam() throws Exception {
        for (String caller : List.of(RESTRICTED, "sk-team-key")) {
            refused(
                    "POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + caller,
                    chat("embedder"));
        }
    }

    @Test
    void noRouteIsOpenToAKeyBeyondItsList() throws Exception {
        for (String path : List.of("/v1/embeddings", "/embeddings", "/completions")) {
            refused(
                    "POST " + path + " HTTP/1.1\r\nAuthorization: Bearer " + RESTRICTED,
                    "{\"model\":\"embedder\",\"input\":\"x\",\"prompt\":\"x\"}");
        }
        for (String path : List.of("/v1/models", "/model/info", "/key/info", "/spend/logs")) {
            refused("GET " + path + " HTTP/1.1\r\nAuthorization: Bearer " + RESTRICTED, "");
        }
    }

    @Test
    void aForgedRecordUnblocksNoKey() throws Exception {
        ApiKey forged = key(BLOCKED).version(99).build();
        ApiKey replayed = key(BLOCKED).version(4).build();
        var admin = new Account.Deleted(forged.recordKey(), 100);
        byte[] value = Topics.ACCOUNTS.codec().encode(forged);
        byte[] old = Topics.ACCOUNTS.codec().encode(replayed);
        byte[] deleted = Topics.ACCOUNTS.codec().encode(admin);
        String recordKey = forged.recordKey();

        gateway.accounts().accept(recordKey, value, null);
        gateway.accounts().accept(recordKey, value, new byte[32]);
        gateway.accounts()
                .accept(
                        recordKey,
                        value,
                        new RecordSignature(new Secret("guessed")).of(recordKey, value));
        gateway.accounts().accept(recordKey, value, SIGNATURE.of(recordKey, old));
        gateway.accounts().accept(recordKey, value, SIGNATURE.of("", value));
        gateway.accounts().accept(recordKey, old, SIGNATURE.of(recordKey, old));
        gateway.accounts().accept("user:x", deleted, SIGNATURE.of("user:x", deleted));
        gateway.accounts().accept(recordKey, null, SIGNATURE.of(recordKey, new byte[0]));

        refused(
                "POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + BLOCKED,
                chat("single"));
        assertThat(gateway.accounts().hasSeen(recordKey, 6)).isFalse();
    }

    @Test
    void aPipelinedRequestNeedsAKeyOfItsOwn() throws Exception {
        String first =
                "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + MASTER
                        + "\r\n\r\n";
        String second = "GET /spend/logs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

        String answers = exchange(first + second);

        // 429 where other attempts of this class have used up what an address may fail.
        assertThat(answers).contains("HTTP/1.1 200").containsPattern("HTTP/1.1 (401|429)");
    }

    /** Sends a request, and expects a refusal that repeats no key. */
    private void refused(String head, String body) throws Exception {
        String answer = answer(head, body);
        assertThat(answer).as(head).matches("(?s)(HTTP/1.1 [45]\\d\\d .*|)");
        assertThat(answer).doesNotContain(MASTER, PLAIN, RESTRICTED, INTERNAL, BLOCKED);
    }

    private String answer(String head, String body) throws Exception {
        int length = body.getBytes(UTF_8).length;
        return exchange(
                "%s\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n%s\r\n%s"
                        .formatted(
                                head,
                                length == 0 ? "" : "Content-Length: " + length + "\r\n",
                                body));
    }

    private String exchange(String bytes) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static String chat(String model) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":3}"
                .formatted(model);
    }
}
