package dev.sluice.ingress.upstream;

import dev.sluice.ingress.candidates.NamePattern;
import dev.sluice.metering.Price;
import dev.sluice.metering.PriceBook;
import dev.sluice.metering.PriceOverride;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What the deployments of a config cost, and what the operator must know of that. */
final class DeploymentPrices {

    private final PriceBook book;
    private final List<String> notices;
    private final Set<String> unpricedGroups = new LinkedHashSet<>();

    private DeploymentPrices(PriceBook book, List<String> notices) {
        this.book = book;
        this.notices = notices;
    }

    /**
     * Prices by the config's own file where it names one, and by the bundled book.
     *
     * @param notices where to tell what is not priced as it seems
     * @throws InvalidConfigException if that file cannot be read
     */
    static DeploymentPrices of(GatewayConfig config, List<String> notices)
            throws InvalidConfigException {
        PriceBook bundled = PriceBook.bundled();
        String file = config.sluice().prices().file();
        if (file == null) {
            return new DeploymentPrices(bundled, notices);
        }
        try {
            PriceBook own = PriceBook.read(Path.of(file));
            if (!own.skipped().isEmpty()) {
                notices.add(
                        "%s: %d entries have no price that counts and are left out, such as %s"
                                .formatted(
                                        file,
                                        own.skipped().size(),
                                        own.skipped().entrySet().iterator().next()));
            }
            return new DeploymentPrices(own.over(bundled), notices);
        } catch (IOException | InvalidPathException e) {
            throw new InvalidConfigException(
                    new Problem(
                            file,
                            1,
                            "a price file that cannot be read (" + e.getMessage() + ")",
                            "Sluice's price file or LiteLLM's"
                                    + " model_prices_and_context_window.json"));
        }
    }

    /**
     * The price of a deployment; null where none is known, which is told unless the entry stands
     * for many models.
     */
    @Nullable Price price(ModelEntry entry, ProviderModel named) throws InvalidConfigException {
        boolean tells = !NamePattern.isPattern(entry.modelName());
        String baseModel = entry.baseModel();
        ProviderModel priced =
                baseModel == null ? named : ProviderModel.parse(baseModel, named.provider());
        Price listed = book.findAny(priced.provider(), priced.model()).orElse(null);
        PriceOverride override = PriceOverride.of(entry.params().prices(), entry.info().prices());
        if (!override.isUsable(listed) && !tells) {
            return null;
        }
        if (!override.isUsable(listed)) {
            unpricedGroups.add(entry.modelName());
            notices.add(
                    ("%s:%d: no price is known for %s/%s: calls of %s are booked without cost"
                                    + " (set input_cost_per_token and output_cost_per_token, or"
                                    + " model_info.base_model)")
                            .formatted(
                                    entry.file(),
                                    entry.line(),
                                    priced.provider(),
                                    priced.model(),
                                    entry.modelName()));
            return null;
        }
        String free = override.takenAsFree(listed);
        if (free != null && tells) {
            notices.add(
                    "%s:%d: no price is given for the %s of %s: it is taken to cost nothing"
                            .formatted(entry.file(), entry.line(), free, entry.modelName()));
        }
        try {
            return override.over(listed);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(
                    new Problem(
                            entry.file(),
                            entry.line(),
                            "a price that cannot be (" + e.getMessage() + ")",
                            "dollars, 0 or more"));
        }
    }

    /** What the book says of a model; null where it says nothing. */
    @Nullable Price listed(String provider, String model) {
        return book.findAny(provider, model).orElse(null);
    }

    /** The groups of which a deployment has no price. */
    Set<String> unpricedGroups() {
        return unpricedGroups;
    }
}
