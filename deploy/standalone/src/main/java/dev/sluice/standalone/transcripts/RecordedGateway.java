package dev.sluice.standalone.transcripts;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.Ingress;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.metering.EventSender;
import dev.sluice.metering.JournalDrain;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A whole ingress before recorded providers, with Kafka away: its journal keeps what is booked. */
final class RecordedGateway implements AutoCloseable {

    private static final String NO_BROKER = "127.0.0.1:1";
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final Duration DRAIN_WITHIN = Duration.ofMinutes(1);

    /** Nobody is asked for tokens: the provider is a recording. */
    private static final TokenSources TOKENS =
            new TokenSources() {
                private final AccessTokens any = () -> Optional.of(new Secret("a-token"));

                @Override
                public AccessTokens google(ProtocolSettings settings) {
                    return any;
                }

                @Override
                public AccessTokens entra(ProtocolSettings settings) {
                    return any;
                }
            };

    private final Ingress ingress;
    private boolean isClosed;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RecordedGateway(String config, Path data) throws InvalidConfigException, IOException {
        ingress =
                new Ingress(
                        ConfigReader.parse("recordings", config),
                        new IngressSettings(
                                "127.0.0.1",
                                0,
                                data,
                                KafkaSettings.of(NO_BROKER),
                                null,
                                new Secret("service"),
                                null,
                                null,
                                null,
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                        TOKENS);
        ingress.start();
    }

    /** Why no gateway takes the config; empty if it does. */
    static String refusal(String config) {
        try {
            ModelCatalog.of(ConfigReader.parse("recordings", config), _ -> "", TOKENS);
            return "";
        } catch (InvalidConfigException e) {
            return e.problems().toString();
        }
    }

    /**
     * Calls it.
     *
     * @throws IOException if it does not answer in time, or breaks off
     */
    Answer post(String path, ObjectNode request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                client.send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + ingress.port() + path))
                                .timeout(ANSWER_WITHIN)
                                .header("content-type", "application/json")
                                .POST(BodyPublishers.ofByteArray(JsonTrees.bytes(request)))
                                .build(),
                        BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    /** Stops it, and reads what it has booked: the last event of each request. */
    Map<String, SpendEvent> booked() throws IOException {
        close();
        Map<String, SpendEvent> events = new HashMap<>();
        JournalDrain.Result result =
                JournalDrain.run(
                        ingress.journalFolder(),
                        () -> new Reader(events),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                        DRAIN_WITHIN);
        if (!result.empty()) {
            throw new IOException("the gateway's journal could not be read to its end");
        }
        return events;
    }

    @Override
    public void close() throws IOException {
        if (!isClosed) {
            isClosed = true;
            client.shutdownNow();
            ingress.close();
        }
    }

    private record Reader(Map<String, SpendEvent> events) implements EventSender {

        @Override
        public void send(byte[] key, byte[] value, Acknowledgement acknowledgement) {
            try {
                SpendEvent event = requireNonNull(new SpendEventCodec().decode(value));
                events.put(event.requestId().toString(), event);
                acknowledgement.completed(null);
            } catch (UnreadableRecordException | NewerVersionException e) {
                acknowledgement.completed(e);
            }
        }

        @Override
        public void close() {}
    }
}
