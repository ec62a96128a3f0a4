package dev.sluice.ingress.admission;

import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.Claim;
import dev.sluice.ingress.limits.Expected;
import dev.sluice.ingress.limits.LimitKind;
import dev.sluice.ingress.limits.Limiter;
import dev.sluice.ingress.limits.OutputEstimate;
import dev.sluice.ingress.limits.Remaining;
import dev.sluice.ingress.limits.Reservation;
import dev.sluice.ingress.limits.Scope;
import dev.sluice.ingress.limits.ScopeKind;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.RouterRules;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a deployment may get: its {@code rpm}, {@code tpm} and {@code max_parallel_requests}. Kept
 * by the limiter of accounts, so that several ingresses share them where they share a Redis.
 */
public final class DeploymentLimits {

    private static final int BYTES_A_TOKEN = 4;
    private static final String NOBODY = "";

    private final Limiter limiter;
    private final OutputEstimate outputs;
    private final Map<String, List<Scope>> scopes;

    /** Limits of a config. */
    public DeploymentLimits(Limiter limiter, OutputEstimate outputs, GatewayConfig config) {
        this.limiter = limiter;
        this.outputs = outputs;
        Map<String, List<Scope>> limited = new HashMap<>();
        for (ModelEntry entry : config.modelList()) {
            Scope scope = scope(entry, config.router().rules());
            if (!scope.isUnlimited()) {
                limited.put(entry.deploymentId(), List.of(scope));
            }
        }
        this.scopes = Map.copyOf(limited);
    }

    private static Scope scope(ModelEntry entry, RouterRules rules) {
        Integer own = entry.params().maxParallelRequests();
        return new Scope(
                ScopeKind.DEPLOYMENT,
                "deployment:" + entry.deploymentId(),
                entry.rpm() != null ? entry.rpm() : rules.rpmLimit(),
                entry.tpm(),
                toLong(own != null ? own : rules.defaultMaxParallelRequests()),
                null);
    }

    private static @Nullable Long toLong(@Nullable Integer number) {
        return number == null ? null : number.longValue();
    }

    /**
     * Asks for room for one attempt. Its end must be told to the reservation.
     *
     * @param promptBytes size of what the model is to read
     * @param maxOutputTokens the most that the answer may have; 0 or less where nobody said
     * @param hasOutput whether the model writes anything
     */
    public Admission admit(
            String deploymentId,
            String modelGroup,
            int promptBytes,
            long maxOutputTokens,
            boolean hasOutput) {
        List<Scope> limiting = scopes.get(deploymentId);
        return limiting == null
                ? new Admission.Admitted(Reservation.ofNothing())
                : limiter.admit(
                        claim(limiting, modelGroup, promptBytes, maxOutputTokens, hasOutput));
    }

    /**
     * What is left of the limits of a deployment, and how much of it one attempt would need.
     * Nothing is reserved.
     *
     * @param promptBytes size of what the model is to read
     * @param maxOutputTokens the most that the answer may have; 0 or less where nobody said
     * @param hasOutput whether the model writes anything
     */
    public List<Room> peek(
            String deploymentId,
            String modelGroup,
            int promptBytes,
            long maxOutputTokens,
            boolean hasOutput) {
        List<Scope> limiting = scopes.get(deploymentId);
        if (limiting == null) {
            return List.of();
        }
        Claim claim = claim(limiting, modelGroup, promptBytes, maxOutputTokens, hasOutput);
        return limiter.peek(claim).stream()
                .map(left ->
                        new Room(left, left.kind() == LimitKind.TOKENS ? claim.tokens().mean() : 1))
                .toList();
    }

    /** How much of a limit is left, and how much is needed of it. */
    public record Room(Remaining remaining, long needed) {

        /** Whether an attempt would be let in, as far as it is known here. */
        public boolean isEnough() {
            return remaining.left() >= needed;
        }
    }

    private Claim claim(
            List<Scope> limiting,
            String modelGroup,
            int promptBytes,
            long maxOutputTokens,
            boolean hasOutput) {
        long input = Math.ceilDiv(promptBytes, BYTES_A_TOKEN);
        Expected output =
                hasOutput ? outputs.expect(NOBODY, modelGroup, maxOutputTokens) : Expected.NOTHING;
        return new Claim(
                limiting,
                new Expected(input + output.mean(), output.deviation()),
                Expected.NOTHING);
    }
}
