package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Requests that are wrong in every way: a 4xx in OpenAI's form, never a 500, never a hang. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MalformedRequestsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST = 100_000;
    private static final String GOOD =
            "{\"model\":\"single\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                        sluice:
                          http: {max_request_bytes: 100000, body_timeout: 1}
                        """);
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws IOException {
        gateway.close();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Malformed(String name, byte[] request) {
        @Override
        public String toString() {
            return name;
        }
    }

    @Test
    void hasTwoHundredCases() {
        assertThat(requests().count()).isGreaterThanOrEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void refusesInOpenAisForm(Malformed malformed) throws IOException {
        String answer = exchange(malformed.request());

        assertThat(answer).as("an answer at all").startsWith("HTTP/1.1 4");
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        JsonNode error = JSON.readTree(body).path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isNotBlank();
        assertThat(error.has("param")).isTrue();
        assertThat(error.has("code")).isTrue();
    }

    @Test
    void theSameRequestMadeRightIsServed() throws IOException {
        assertThat(exchange(post("/v1/chat/completions", GOOD))).startsWith("HTTP/1.1 200");
    }

    static Stream<Malformed> requests() {
        var all = new ArrayList<Malformed>();
        brokenJson(all);
        wrongTypes(all);
        duplicates(all);
        encodings(all);
        methodsAndPaths(all);
        sizesAndFraming(all);
        slow(all);
        return all.stream();
    }

    private static void brokenJson(List<Malformed> all) {
        for (int length = 0; length < GOOD.length(); length++) {
            all.add(body("cut after " + length, GOOD.substring(0, length)));
        }
        for (String text :
                List.of(
                        "[]",
                        "\"text\"",
                        "1",
                        "true",
                        "null",
                        "{}",
                        "{]",
                        "{\"model\"}",
                        "{\"model\":}",
                        GOOD + "x",
                        GOOD + GOOD,
                        GOOD + ",",
                        "{'model':'single'}",
                        GOOD.replace(",", ",,"),
                        GOOD.replace("]", ",]"),
                        GOOD.replace(":", "="),
                        GOOD.replace("\"x\"", "\"x\ny\""),
                        GOOD.replace("\"x\"", "\"\\q\""),
                        GOOD.replace("\"x\"", "\"\\u12\""),
                        GOOD.replace("\"x\"", "NaN"),
                        GOOD.replace("\"x\"", "01"),
                        "/* c */" + GOOD,
                        GOOD.replace("}", ""),
                        "{\"a\":".repeat(500) + "1" + "}".repeat(500),
                        "{\"model\":\"single\",\"messages\":" + "[".repeat(3000))) {
            all.add(body("broken " + brief(text), text));
        }
    }

    private static void wrongTypes(List<Malformed> all) {
        for (String wrong : List.of("1", "true", "null", "[]", "{}", "\"\"", "1.5")) {
            all.add(body("model " + wrong, GOOD.replace("\"single\"", wrong)));
        }
        for (String wrong : List.of("1", "\"text\"", "true", "null", "{}", "[]")) {
            all.add(
                    body(
                            "messages " + wrong,
                            "{\"model\":\"single\",\"messages\":%s}".formatted(wrong)));
        }
        for (String wrong : List.of("1", "\"true\"", "[]", "{}")) {
            all.add(with("stream", wrong));
        }
        for (String wrong : List.of("1", "true", "\"x\"", "[]")) {
            all.add(with("stream_options", wrong));
        }
        for (String wrong : List.of("\"ten\"", "[]", "{}", "true")) {
            all.add(with("max_tokens", wrong));
        }
        for (String wrong : List.of("1", "[]", "{}", "true")) {
            all.add(with("user", wrong));
        }
        for (String path : List.of("/v1/completions", "/v1/embeddings")) {
            all.add(malformed(path + " without its prompt", path, "{\"model\":\"single\"}"));
            all.add(malformed(path + " of chat", path, GOOD));
            all.add(malformed(path + " empty", path, ""));
        }
        all.add(body("no model", "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
        all.add(body("unknown model", GOOD.replace("single", "nobody")));
    }

    private static void duplicates(List<Malformed> all) {
        for (String again :
                List.of(
                        "\"model\":\"gpt-4o\"",
                        "\"model\":\"single\"",
                        "\"mod\\u0065l\":\"gpt-4o\"",
                        "\"\\u006d\\u006f\\u0064\\u0065\\u006c\":\"gpt-4o\"",
                        "\"messages\":[]",
                        "\"m\\u0065ssages\":[]")) {
            all.add(body("again " + again, GOOD.replace("}]}", "}]," + again + "}")));
            all.add(
                    body(
                            "before " + again,
                            GOOD.replace("{\"model\"", "{" + again + ",\"model\"")));
        }
        for (String twice :
                List.of(
                        "\"stream\":true,\"stream\":false",
                        "\"stream\":true,\"str\\u0065am\":true",
                        "\"user\":\"a\",\"user\":\"b\"",
                        "\"max_tokens\":1,\"max_tokens\":2",
                        "\"stream_options\":{},\"stream_options\":{}",
                        "\"stream_options\":{\"include_usage\":true,\"include_usage\":false}",
                        "\"cache\":{},\"cache\":{}")) {
            all.add(body("twice " + twice, GOOD.replace("}]}", "}]," + twice + "}")));
        }
    }

    private static void encodings(List<Malformed> all) {
        all.add(bytes("UTF-16", GOOD.getBytes(UTF_16)));
        all.add(bytes("UTF-16LE", GOOD.getBytes(java.nio.charset.StandardCharsets.UTF_16LE)));
        all.add(bytes("UTF-32", GOOD.getBytes(java.nio.charset.Charset.forName("UTF-32"))));
        all.add(bytes("byte order mark", ("\ufeff" + GOOD).getBytes(UTF_8)));
        all.add(bytes("Latin-1", GOOD.replace("x", "\u00e9").getBytes(ISO_8859_1)));
        for (String broken :
                List.of("80", "c0af", "eda080", "f4908080", "ff", "e282", "f0288cbc")) {
            byte[] bad = java.util.HexFormat.of().parseHex(broken);
            byte[] body = GOOD.getBytes(UTF_8);
            int at = GOOD.indexOf("\"x\"") + 1;
            var out = new ByteArrayOutputStream();
            out.write(body, 0, at);
            out.writeBytes(bad);
            out.write(body, at, body.length - at);
            all.add(bytes("not UTF-8: " + broken, out.toByteArray()));
        }
        all.add(bytes("zeros", new byte[100]));
        all.add(bytes("a zero inside", GOOD.replace("x", "\0").getBytes(UTF_8)));
        for (String coding : List.of("gzip", "br", "deflate", "zstd")) {
            all.add(
                    raw(
                            coding,
                            head("POST", "/v1/chat/completions")
                                    + "Content-Encoding: "
                                    + coding
                                    + "\r\nContent-Length: 20\r\n\r\n01234567890123456789"));
        }
    }

    private static void methodsAndPaths(List<Malformed> all) {
        for (String path :
                List.of(
                        "/v1/chat/completions",
                        "/chat/completions",
                        "/v1/completions",
                        "/v1/embeddings")) {
            for (String method : List.of("GET", "PUT", "DELETE", "PATCH")) {
                all.add(raw(method + " " + path, head(method, path) + "\r\n"));
            }
        }
        for (String path : List.of("/v1/models", "/models", "/metrics", "/spend/logs")) {
            all.add(raw("POST " + path, head("POST", path) + "Content-Length: 2\r\n\r\n{}"));
        }
        for (String path : List.of("/", "/v2/chat/completions", "/v1/chat", "/v1/nothing")) {
            all.add(raw("GET " + path, head("GET", path) + "\r\n"));
            all.add(raw("POST " + path, head("POST", path) + "Content-Length: 2\r\n\r\n{}"));
        }
        for (String line :
                List.of(
                        "GARBAGE\r\n",
                        "GET\r\n",
                        "GET /v1/models\r\n",
                        "GET /v1/models HTTP/9.9\r\n",
                        "GET /%zz HTTP/1.1\r\n",
                        "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n")) {
            all.add(raw("line " + brief(line), line + "Host: x\r\n\r\n"));
        }
    }

    private static void sizesAndFraming(List<Malformed> all) {
        String huge = GOOD.replace("\"x\"", "\"" + "x".repeat(LARGEST) + "\"");
        all.add(body("larger than allowed", huge));
        all.add(
                raw(
                        "declared larger than allowed",
                        head("POST", "/v1/chat/completions")
                                + "Content-Length: 150000\r\n\r\n"
                                + "x".repeat(150_000)));
        all.add(raw("chunks larger than allowed", chunked(huge, 8192)));
        all.add(raw("one chunk larger than allowed", chunked(huge, huge.length())));
        for (String length : List.of("-1", "abc", "1e3", "99999999999999999999", "12, 13")) {
            all.add(
                    raw(
                            "Content-Length " + length,
                            head("POST", "/v1/chat/completions")
                                    + "Content-Length: "
                                    + length
                                    + "\r\n\r\n"
                                    + GOOD));
        }
        all.add(
                raw(
                        "both lengths",
                        head("POST", "/v1/chat/completions")
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
        all.add(
                raw(
                        "chunk size no number",
                        head("POST", "/v1/chat/completions")
                                + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"));
        all.add(
                raw(
                        "unknown transfer encoding",
                        head("POST", "/v1/chat/completions")
                                + "Transfer-Encoding: gzip\r\n\r\n{}"));
        all.add(
                raw(
                        "header too large",
                        head("POST", "/v1/chat/completions")
                                + "X-Large: "
                                + "a".repeat(64_000)
                                + "\r\nContent-Length: 0\r\n\r\n"));
        all.add(raw("no body at all", head("POST", "/v1/chat/completions") + "\r\n"));
    }

    private static void slow(List<Malformed> all) {
        for (int sent : List.of(0, 1, 20)) {
            all.add(
                    raw(
                            "a body that stops after " + sent,
                            head("POST", "/v1/chat/completions")
                                    + "Content-Length: 70\r\n\r\n"
                                    + GOOD.substring(0, sent)));
        }
        all.add(
                raw(
                        "chunks that stop",
                        head("POST", "/v1/chat/completions")
                                + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\n"));
        all.add(
                raw(
                        "a chunk that stops",
                        head("POST", "/v1/chat/completions")
                                + "Transfer-Encoding: chunked\r\n\r\n50\r\n{\"mod"));
    }

    private static Malformed with(String name, String value) {
        return body(
                name + " " + value, GOOD.replace("}]}", "}],\"%s\":%s}".formatted(name, value)));
    }

    private static Malformed body(String name, String body) {
        return malformed(name, "/v1/chat/completions", body);
    }

    private static Malformed malformed(String name, String path, String body) {
        return new Malformed(name, post(path, body));
    }

    private static Malformed bytes(String name, byte[] body) {
        return new Malformed(name, post("/v1/chat/completions", body));
    }

    private static Malformed raw(String name, String request) {
        return new Malformed(name, request.getBytes(UTF_8));
    }

    private static String head(String method, String path) {
        return "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                .formatted(method, path, GatewayUnderTest.KEY);
    }

    private static byte[] post(String path, String body) {
        return post(path, body.getBytes(UTF_8));
    }

    private static byte[] post(String path, byte[] body) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(
                (head("POST", path) + "Content-Length: " + body.length + "\r\n\r\n")
                        .getBytes(UTF_8));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static String chunked(String body, int size) {
        var text = new StringBuilder(head("POST", "/v1/chat/completions"));
        text.append("Transfer-Encoding: chunked\r\n\r\n");
        for (int at = 0; at < body.length(); at += size) {
            String chunk = body.substring(at, Math.min(body.length(), at + size));
            text.append(Integer.toHexString(chunk.length())).append("\r\n");
            text.append(chunk).append("\r\n");
        }
        return text.append("0\r\n\r\n").toString();
    }

    private static String brief(String text) {
        return text.substring(0, Math.min(40, text.length())).replaceAll("\\s", " ");
    }

    /** Sends the bytes and reads one answer; the body by its Content-Length. */
    private String exchange(byte[] request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.setSoTimeout(8_000);
            OutputStream out = socket.getOutputStream();
            try {
                out.write(request);
                out.flush();
            } catch (IOException e) {
                // Refused while we were still sending: the answer is there all the same.
            }
            InputStream in = socket.getInputStream();
            var answer = new ByteArrayOutputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                answer.write(next);
                String text = answer.toString(ISO_8859_1);
                int end = text.indexOf("\r\n\r\n");
                if (end >= 0 && text.length() >= end + 4 + length(text.substring(0, end))) {
                    return text;
                }
            }
            return answer.toString(ISO_8859_1);
        }
    }

    private static int length(String head) {
        return head.lines()
                .filter(line ->
                        line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(':') + 1).trim()))
                .findFirst()
                .orElse(0);
    }
}
