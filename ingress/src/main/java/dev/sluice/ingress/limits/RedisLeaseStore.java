package dev.sluice.ingress.limits;

import dev.sluice.ingress.redis.RedisClients;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScript.Mode;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Redis by Redisson: two connections, three threads, no retries, no connection before it is used.
 */
final class RedisLeaseStore implements LeaseStore {

    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final String SCRIPT = script();
    private static final String SCRIPT_HASH = sha1(SCRIPT);

    private final Config config;
    private @Nullable RedissonClient client;

    /** Connects when it is first asked. All its keys lie in one slot of a cluster. */
    RedisLeaseStore(RedisAddress address) {
        this.config =
                RedisClients.config(
                        address.servers(),
                        new RedisClients.Use(2, 1, ANSWER, StringCodec.INSTANCE));
    }

    @Override
    public List<?> evaluate(List<Object> keys, Object[] arguments, Duration deadline)
            throws LeaseFailure {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        try {
            RScript scripts = open().getScript(StringCodec.INSTANCE);
            try {
                RFuture<List<?>> byHash =
                        scripts.evalShaAsync(
                                Mode.READ_WRITE, SCRIPT_HASH, ReturnType.LIST, keys, arguments);
                return await(byHash, deadlineNanos);
            } catch (ExecutionException e) {
                if (!isUnknownScript(e)) {
                    throw e;
                }
                RFuture<List<?>> byText =
                        scripts.evalAsync(
                                Mode.READ_WRITE, SCRIPT, ReturnType.LIST, keys, arguments);
                return await(byText, deadlineNanos);
            }
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new LeaseFailure(cause == null ? e.toString() : cause.getClass().getSimpleName());
        } catch (RedisException e) {
            throw new LeaseFailure(e.getClass().getSimpleName());
        } catch (TimeoutException e) {
            throw new LeaseFailure("no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LeaseFailure("interrupted");
        }
    }

    private static List<?> await(RFuture<List<?>> answer, long deadlineNanos)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return answer.toCompletableFuture()
                    .get(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(false);
            throw e;
        }
    }

    private static boolean isUnknownScript(ExecutionException e) {
        Throwable cause = e.getCause();
        String message = cause == null ? null : cause.getMessage();
        return message != null && message.contains("NOSCRIPT");
    }

    private RedissonClient open() {
        if (client == null) {
            client = Redisson.create(config);
        }
        return client;
    }

    @Override
    public void close() {
        if (client != null) {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    private static String script() {
        try (InputStream text = RedisLeaseStore.class.getResourceAsStream("lease.lua")) {
            if (text == null) {
                throw new IllegalStateException("lease.lua is missing");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
