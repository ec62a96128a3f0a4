package dev.sluice.standalone.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.Ingress;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Callers who wait for nobody: streams begin at random times of a fixed rate, at one ingress after
 * the other, whatever became of the calls before.
 */
final class OpenLoop implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final List<Ingress> ingresses;
    private final SplittableRandom random;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(callers).build();

    OpenLoop(List<Ingress> ingresses, long seed) {
        this.ingresses = List.copyOf(ingresses);
        this.random = new SplittableRandom(seed);
    }

    /**
     * Lets callers begin for so long.
     *
     * @return what each meets, in the order of their beginning
     */
    List<Future<Sample>> begin(double aSecond, Duration duration) {
        List<Future<Sample>> samples = new ArrayList<>();
        long start = System.nanoTime();
        double at = 0;
        for (int number = 0; at < duration.toNanos(); number++) {
            long due = start + (long) at;
            int ingress = number % ingresses.size();
            samples.add(callers.submit(() -> call(due, ingress)));
            at -= Math.log(1 - random.nextDouble()) / aSecond * 1e9;
        }
        return samples;
    }

    /** The same, and waits for all of them. */
    List<Sample> run(double aSecond, Duration duration) throws Exception {
        return all(begin(aSecond, duration));
    }

    /** Waits for all of them. */
    static List<Sample> all(List<Future<Sample>> begun) throws Exception {
        List<Sample> samples = new ArrayList<>();
        for (Future<Sample> sample : begun) {
            samples.add(sample.get());
        }
        return samples;
    }

    private Sample call(long due, int ingress) throws InterruptedException {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        String deployment = "";
        long firstToken = -1;
        String failure = "";
        try {
            HttpResponse<InputStream> answer =
                    client.send(request(ingress, due), BodyHandlers.ofInputStream());
            deployment = answer.headers().firstValue("x-litellm-model-id").orElse("");
            try (InputStream body = answer.body()) {
                int first = body.read();
                firstToken = first < 0 || answer.statusCode() != 200 ? -1 : System.nanoTime() - due;
                String rest = new String(body.readAllBytes(), UTF_8);
                failure = rest.contains("[DONE]") ? "" : answer.statusCode() + " " + rest;
            }
        } catch (IOException e) {
            failure = e.toString();
        }
        long waited = firstToken < 0 ? System.nanoTime() - due : firstToken;
        return new Sample(due, ingress, deployment, waited, failure);
    }

    private HttpRequest request(int ingress, long number) {
        return HttpRequest.newBuilder(
                        URI.create(
                                "http://127.0.0.1:%d/v1/chat/completions"
                                        .formatted(ingresses.get(ingress).port())))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + RoutingRig.KEY)
                .header("Content-Type", "application/json")
                .POST(
                        BodyPublishers.ofString(
                                """
                                {"model": "gpt", "stream": true,
                                 "messages": [{"role": "user", "content": "call %d"}],
                                 "metadata": {"sim_output_tokens": "30"}}\
                                """
                                        .formatted(number)))
                .build();
    }

    @Override
    public void close() {
        callers.shutdownNow();
        callers.close();
        client.close();
    }
}
