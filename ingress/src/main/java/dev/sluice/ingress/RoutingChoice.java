package dev.sluice.ingress;

import dev.sluice.ingress.routing.Adaptive;
import dev.sluice.ingress.routing.CostBased;
import dev.sluice.ingress.routing.LatencyBased;
import dev.sluice.ingress.routing.LeastBusy;
import dev.sluice.ingress.routing.RoutingStrategy;
import dev.sluice.ingress.routing.SimpleShuffle;
import dev.sluice.ingress.routing.UsageBased;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;

/** The strategy that a config asks for. */
final class RoutingChoice {

    private RoutingChoice() {}

    /**
     * The strategy by its name. Where none is named, the shares that the file gives are held to; if
     * it gives none, the deployments' behaviour decides.
     */
    static RoutingStrategy of(GatewayConfig config) {
        RouterSettings router = config.router();
        @Nullable String named = router.strategy();
        if (named == null) {
            boolean hasShares = config.modelList().stream().anyMatch(RoutingChoice::hasShare);
            return hasShares ? new SimpleShuffle() : adaptive(router);
        }
        return switch (named) {
            case "latency-based-routing" -> latencyBased(router);
            case "least-busy" -> new LeastBusy();
            case "cost-based-routing" -> new CostBased();
            case "usage-based-routing" -> UsageBased.legacy();
            case "usage-based-routing-v2" -> UsageBased.v2();
            case "adaptive" -> adaptive(router);
            default -> new SimpleShuffle();
        };
    }

    private static boolean hasShare(ModelEntry entry) {
        return entry.weight() != null || entry.rpm() != null || entry.tpm() != null;
    }

    private static RoutingStrategy adaptive(RouterSettings router) {
        RouterSettings.StrategyArgs arguments = router.strategyArgs();
        BigDecimal weight = arguments == null ? null : arguments.priceWeight();
        return new Adaptive(
                weight == null
                        ? Adaptive.Tuning.DEFAULTS
                        : Adaptive.Tuning.DEFAULTS.withPriceWeight(weight.doubleValue()));
    }

    private static RoutingStrategy latencyBased(RouterSettings router) {
        Duration threshold = router.latencyThreshold();
        RouterSettings.StrategyArgs arguments = router.strategyArgs();
        double buffer =
                arguments == null || arguments.lowestLatencyBuffer() == null
                        ? 0
                        : arguments.lowestLatencyBuffer().doubleValue();
        return new LatencyBased(threshold == null ? Duration.ZERO : threshold, buffer);
    }
}
