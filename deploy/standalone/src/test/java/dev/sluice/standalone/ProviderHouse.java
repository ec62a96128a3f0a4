package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.sluice.ingress.IngressSettings;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A gateway before the simulator, which plays every provider in that provider's own wire. Vertex's
 * tokens are bought with a service account's key, as Google's library does it.
 */
final class ProviderHouse implements AutoCloseable {

    static final String KEY = "sk-every-master";

    /** Models that chat, one a provider; groq stands for the table of OpenAI's wire. */
    static final List<String> CHATS =
            List.of("gpt", "claude", "gemini", "vertex", "bedrock", "command", "azure", "groq");

    private static final String VERTEX_TOKEN = "ya29.vertex";

    /** What the simulator knows each provider's deployments by. */
    private static final Map<String, String> PROVIDER_KEYS =
            Map.of(
                    "gpt", "k1",
                    "claude", "k2",
                    "gemini", "k3",
                    "vertex", VERTEX_TOKEN,
                    "bedrock", "k4",
                    "command", "k5",
                    "azure", "k6",
                    "groq", "k7");

    private static final String VARIABLES =
            "environment_variables:"
                    + " {GROQ_API_KEY: k7, AWS_ACCESS_KEY_ID: k4, AWS_SECRET_ACCESS_KEY: s}\n";

    private static final Map<String, String> PARAMS =
            Map.of(
                    "openai", "model: openai/MODEL, api_base: SIM/v1, api_key: k1",
                    "anthropic", "model: anthropic/MODEL, api_base: SIM, api_key: k2",
                    "gemini", "model: gemini/MODEL, api_base: SIM/v1beta, api_key: k3",
                    "vertex",
                            "model: vertex_ai/MODEL, api_base: SIM/v1beta1, vertex_location: global,"
                                    + " vertex_credentials: ACCOUNT",
                    "bedrock",
                            "model: 'bedrock/MODEL', aws_bedrock_runtime_endpoint: SIM,"
                                    + " aws_region_name: eu-west-1",
                    "cohere", "model: cohere/MODEL, api_base: SIM, api_key: k5",
                    "azure",
                            "model: azure/MODEL, api_base: SIM, api_key: k6,"
                                    + " api_version: 2025-02-01-preview",
                    "groq", "model: groq/MODEL, api_base: SIM/v1");

    private static final Map<String, String> EMBEDDERS =
            Map.of(
                    "gemini", "gemini-embedding-001",
                    "vertex", "text-embedding-005",
                    "cohere", "embed-v4.0");

    private static final Map<String, String> OPENAIS =
            Map.of(
                    "embed", "text-embedding-3-small",
                    "complete", "gpt-3.5-turbo-instruct",
                    "image", "gpt-image-1",
                    "speak", "tts-1",
                    "transcribe", "gpt-4o-transcribe",
                    "moderate", "omni-moderation-latest");

    private final Simulator simulator;
    private final HttpServer issuer;
    private final IngressPart part;

    private ProviderHouse(Simulator simulator, HttpServer issuer, IngressPart part) {
        this.simulator = simulator;
        this.issuer = issuer;
        this.part = part;
    }

    static ProviderHouse open(Path folder) throws Exception {
        var simulator =
                new Simulator(
                        SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0)
                                .withProfile("instant"));
        simulator.start();
        HttpServer issuer = issuer();
        Path account = folder.resolve("account.json");
        Files.write(account, account(issuer.getAddress().getPort()));
        Path file = folder.resolve("config.yaml");
        Files.writeString(
                file,
                config().replace("SIM", "http://127.0.0.1:" + simulator.port())
                        .replace("ACCOUNT", account.toString()));
        var part =
                new IngressPart(
                        ConfigReader.read(file, _ -> ""),
                        file,
                        new IngressSettings(
                                ListenAddress.LOOPBACK,
                                0,
                                folder.resolve("data"),
                                KafkaSettings.of("127.0.0.1:1"),
                                null,
                                new Secret("credential"),
                                new Secret(KEY),
                                null,
                                new Secret("signing"),
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        part.start();
        return new ProviderHouse(simulator, issuer, part);
    }

    /**
     * A model of each provider for chats, and {@code PROVIDER-KIND} for the other endpoints. Two
     * providers' keys are variables of the file.
     */
    private static String config() {
        var config = new StringBuilder(VARIABLES).append("model_list:\n");
        add(config, "gpt", "openai", "gpt-4o");
        add(config, "claude", "anthropic", "claude-sonnet-4-5");
        add(config, "gemini", "gemini", "gemini-2.5-flash");
        add(config, "vertex", "vertex", "gemini-2.5-flash");
        add(config, "bedrock", "bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0");
        add(config, "command", "cohere", "command-a-03-2025");
        add(config, "azure", "azure", "gpt-4o");
        add(config, "groq", "groq", "llama-3.3-70b-versatile");
        for (String provider : PARAMS.keySet()) {
            OPENAIS.forEach((kind, model) -> {
                String own = kind.equals("embed") ? EMBEDDERS.getOrDefault(provider, model) : model;
                add(config, provider + "-" + kind, provider, own);
            });
        }
        return config.append("router_settings: {num_retries: 0}\n").toString();
    }

    private static void add(StringBuilder config, String name, String provider, String model) {
        config.append("  - {model_name: ").append(name).append(", litellm_params: {");
        config.append(PARAMS.getOrDefault(provider, "").replace("MODEL", model)).append("}}\n");
    }

    private static HttpServer issuer() throws IOException {
        HttpServer issuer =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/token", ProviderHouse::issue);
        issuer.start();
        return issuer;
    }

    private static void issue(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] body =
                "{\"access_token\":\"%s\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"
                        .formatted(VERTEX_TOKEN)
                        .getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static byte[] account(int port) throws GeneralSecurityException, IOException {
        byte[] key =
                KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
        String pem =
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                        .formatted(Base64.getMimeEncoder().encodeToString(key));
        return new ObjectMapper()
                .writeValueAsBytes(
                        Map.of(
                                "type", "service_account",
                                "project_id", "a-project",
                                "private_key_id", "k1",
                                "private_key", pem,
                                "client_email", "gate@a-project.iam.gserviceaccount.com",
                                "client_id", "1",
                                "token_uri", "http://127.0.0.1:%d/token".formatted(port)));
    }

    /** The gateway's address, without a path. */
    String url() {
        return "http://127.0.0.1:" + part.port();
    }

    String simulator() {
        return "http://127.0.0.1:" + simulator.port();
    }

    /** The key with which the gateway calls the provider of a model that chats. */
    static String providerKey(String model) {
        return PROVIDER_KEYS.getOrDefault(model, "");
    }

    @Override
    public void close() {
        part.close();
        issuer.stop(0);
        simulator.close();
    }
}
