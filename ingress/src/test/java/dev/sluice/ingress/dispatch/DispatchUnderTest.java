package dev.sluice.ingress.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.admission.CallMeter;
import dev.sluice.ingress.admission.DeploymentLimits;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.books.CallBooks;
import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.books.CallSize;
import dev.sluice.ingress.books.JournalReading;
import dev.sluice.ingress.capacity.Capacity;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.CooldownRules;
import dev.sluice.ingress.fleet.DecisionPublisher;
import dev.sluice.ingress.fleet.FleetStates;
import dev.sluice.ingress.limits.AccountLimiter;
import dev.sluice.ingress.limits.BudgetStates;
import dev.sluice.ingress.limits.OutputEstimate;
import dev.sluice.ingress.metrics.GatewayMetrics;
import dev.sluice.ingress.routing.SimpleShuffle;
import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.metering.Journal;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.providers.transport.Deadlines;
import dev.sluice.providers.transport.Exchange;
import dev.sluice.providers.transport.Header;
import dev.sluice.providers.transport.UpstreamRequest;
import dev.sluice.providers.transport.UpstreamResponse;
import dev.sluice.providers.transport.UpstreamTransport;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Units;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * A dispatcher with everything that it needs, but for the wire: deployments do as they are told.
 */
final class DispatchUnderTest implements AutoCloseable {

    private static final String CHUNK =
            """
            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",\
            "choices":[{"index":0,"delta":{"content":"hi"}}]}

            data: [DONE]

            """;

    private final Path folder;
    private final Path scratch;
    private final GatewayConfig config;
    private final Journal journal;
    private final BudgetStates budgets;
    private final AccountLimiter limiter;
    private final AttemptRecorder recorder;
    private final Dispatcher dispatcher;
    private final ModelCatalog catalog;
    private final Map<String, Supplier<Exchange>> deeds = new ConcurrentHashMap<>();
    private final Queue<Deadlines> deadlines = new ConcurrentLinkedQueue<>();

    /** What it is told, instead of a wire. */
    private final class Wire implements UpstreamTransport {

        @Override
        public Exchange send(UpstreamRequest request) {
            String target = request.target().toString();
            deadlines.add(request.deadlines());
            for (Map.Entry<String, Supplier<Exchange>> deed : deeds.entrySet()) {
                if (target.contains("//" + deed.getKey() + ".")) {
                    return deed.getValue().get();
                }
            }
            throw new IllegalStateException("nobody said what happens at " + target);
        }

        @Override
        public void close() {}
    }

    private static final class NoTokens implements TokenSources {

        @Override
        public AccessTokens google(ProtocolSettings settings) {
            throw new IllegalArgumentException("no tokens");
        }

        @Override
        public AccessTokens entra(ProtocolSettings settings) {
            throw new IllegalArgumentException("no tokens");
        }
    }

    DispatchUnderTest(Path data, String yaml) throws Exception {
        folder = data.resolve("journal");
        scratch = data;
        config = ConfigReader.parse("config.yaml", yaml);
        catalog = ModelCatalog.of(config, _ -> "", new NoTokens());
        var registry = new SimpleMeterRegistry();
        journal = Journal.open(folder, config.sluice().journal(), registry);
        recorder = new AttemptRecorder(catalog.deploymentIds());
        recorder.rests().follow(CooldownRules.of(config, catalog.deploymentIds()));
        KafkaSettings nobody = KafkaSettings.of("127.0.0.1:1");
        budgets = new BudgetStates(nobody, data.resolve("budgets.snapshot"), registry);
        limiter = AccountLimiter.inProcess(budgets, "run", ZoneOffset.UTC, registry);
        var capacity =
                new Capacity(
                        config.sluice().queue(), recorder::concurrency, System::nanoTime, registry);
        capacity.know(config.modelList(), Set.copyOf(catalog.deploymentIds()));
        dispatcher =
                new Dispatcher(
                        new Wire(),
                        new SimpleShuffle(),
                        new FleetStates(recorder, InstantSource.system()),
                        recorder.rests(),
                        new DeploymentLimits(limiter, new OutputEstimate(), config),
                        capacity,
                        new RetryBudget(System::nanoTime),
                        new CallBooks(
                                journal,
                                recorder,
                                new GatewayMetrics(registry, catalog.providers()),
                                config.sluice().journal().whenFull(),
                                InstantSource.system()),
                        new DecisionPublisher(
                                nobody, config.sluice().decisions(), "test", registry),
                        null,
                        config.router(),
                        config.sluice().hedging());
    }

    /** From now on a deployment does this when it is asked. */
    void let(String deployment, Supplier<Exchange> deed) {
        deeds.put(deployment, deed);
    }

    /** The times of the attempt that was made longest ago and not asked for yet. */
    Deadlines deadlines() {
        return deadlines.remove();
    }

    /** A stream with one word. */
    static Exchange stream() {
        return answer(200, "text/event-stream", CHUNK);
    }

    static Exchange answer(int status, String type, String body) {
        return new Exchange.Answered(
                UpstreamResponse.of(
                        status,
                        List.of(new Header("content-type", type)),
                        new ByteArrayInputStream(body.getBytes(UTF_8))));
    }

    /** One call, from one who may use all stand-ins. */
    final class Call {

        private final UUID id = SpendEventIds.newRequestId(System.currentTimeMillis());
        private final ModelGroup group;
        private final byte[] body;

        Call(String model, boolean stream, String fields) {
            group = requireNonNull(catalog.group(model));
            body =
                    "{\"model\":\"%s\",%s\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                            .formatted(model, fields, stream)
                            .getBytes(UTF_8);
        }

        Dispatch dispatch() {
            return dispatch(catalog::group);
        }

        Dispatch dispatch(StandIns standIns) {
            var peek =
                    (RequestPeek.Facts)
                            RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, false);
            var call =
                    new CallFacts(
                            id,
                            new Caller("", null, null),
                            Endpoint.CHAT_COMPLETIONS,
                            "acompletion",
                            group.name(),
                            peek.stream(),
                            null,
                            List.of(),
                            List.of(),
                            false,
                            peek.promptBytes(),
                            CallSize.NOTHING,
                            new CallMeter(),
                            Units.NONE,
                            /* known= */ null);
            return dispatcher.dispatch(call, group, peek, body, body.length, standIns).answer();
        }

        /** What would be booked of it if the gateway died now, in order of its attempts. */
        List<SpendEvent> booked() throws IOException {
            return JournalReading.of(folder, scratch, id);
        }
    }

    Call call(String model) {
        return new Call(model, /* stream= */ false, "");
    }

    Call stream(String model) {
        return new Call(model, /* stream= */ true, "");
    }

    @Override
    public void close() throws IOException {
        limiter.close();
        budgets.close();
        journal.close();
    }
}
