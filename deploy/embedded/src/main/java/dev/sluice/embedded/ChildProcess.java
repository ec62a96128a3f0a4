package dev.sluice.embedded;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Starts a child from a thread that lives as long as the child does.
 *
 * <p>Linux sends a parent-death signal when the <em>thread</em> ends that started the process, so
 * neither a caller's nor a pool's thread may do it.
 */
final class ChildProcess {

    private ChildProcess() {}

    static Process start(String name, ProcessBuilder builder) throws IOException {
        var started = new CompletableFuture<Process>();
        Thread.ofPlatform().daemon().name(name).start(() -> startAndStay(builder, started));
        try {
            return started.join();
        } catch (CompletionException e) {
            throw new IOException(name + " can't be started", e.getCause());
        }
    }

    private static void startAndStay(ProcessBuilder builder, CompletableFuture<Process> started) {
        try {
            Process process = builder.start();
            started.complete(process);
            process.waitFor();
        } catch (IOException e) {
            started.completeExceptionally(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
