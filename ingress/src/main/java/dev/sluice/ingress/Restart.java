package dev.sluice.ingress;

import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.Setting;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** What of a config holds only from the next start: addresses, secrets, bounds of what is open. */
final class Restart {

    private static final Map<String, Function<GatewayConfig, Object>> FIXED = fixed();

    private Restart() {}

    private static Map<String, Function<GatewayConfig, Object>> fixed() {
        Map<String, Function<GatewayConfig, Object>> fixed = new LinkedHashMap<>();
        fixed.put("general_settings.master_key", config -> raw(config.general().masterKey()));
        fixed.put("general_settings.database_url", config -> raw(config.general().databaseUrl()));
        fixed.put(
                "general_settings.connection_pool_size",
                config -> config.general().connectionPoolSize());
        fixed.put(
                "general_settings.connection_pool_timeout",
                config -> config.general().connectionPoolTimeout());
        fixed.put("the proxies of environment_variables", Restart::proxies);
        fixed.put("litellm_settings.timezone", config -> config.litellm().timezone());
        // By their texts: a setting that only moved to another line is the same.
        fixed.put("litellm_settings.cache", config -> config.cache().toString());
        fixed.put("the shared Redis", config -> String.valueOf(config.redis()));
        fixed.put(
                "general_settings.max_request_size_mb",
                config -> String.valueOf(config.general().access().maxRequestSizeMb()));
        books(fixed);
        sluice(fixed);
        return fixed;
    }

    /** What the spend aggregator and the router worker go by, which read no file again. */
    private static void books(Map<String, Function<GatewayConfig, Object>> fixed) {
        fixed.put(
                "the connections of general_settings.database_url",
                config ->
                        config.general().databaseConnectionPoolLimit()
                                + " "
                                + config.general().databaseConnectionTimeout());
        fixed.put(
                "litellm_settings.budget_duration, as budgets are counted",
                config -> String.valueOf(config.litellm().budgetDuration()));
        fixed.put(
                "litellm_settings.max_end_user_budget, as budgets are counted",
                config ->
                        config.litellm().maxEndUserBudgetId()
                                + " "
                                + (config.litellm().maxEndUserBudget() == null));
        fixed.put(
                "the defaults and bounds of new keys, users and teams in litellm_settings",
                config ->
                        Stream.of(
                                        config.litellm().defaultKeyGenerateParams(),
                                        config.litellm().upperboundKeyGenerateParams(),
                                        config.litellm().defaultInternalUserParams(),
                                        config.litellm().defaultTeamParams(),
                                        config.litellm().maxInternalUserBudget(),
                                        config.litellm().internalUserBudgetDuration())
                                .map(String::valueOf)
                                .toList());
    }

    /** Not here, since they hold at once: region, its distances, prices, hedging, pass_through. */
    private static void sluice(Map<String, Function<GatewayConfig, Object>> fixed) {
        fixed.put("sluice.kafka", config -> String.valueOf(config.sluice().kafka()));
        fixed.put("sluice.services", config -> config.sluice().services().toString());
        fixed.put("sluice.accounts", config -> config.sluice().accounts().toString());
        fixed.put("sluice.instance_id", config -> String.valueOf(config.sluice().instanceId()));
        fixed.put("sluice.decisions", config -> config.sluice().decisions().toString());
        fixed.put("sluice.journal", config -> config.sluice().journal().toString());
        fixed.put("sluice.http", config -> config.sluice().http().toString());
        fixed.put("sluice.queue", config -> config.sluice().queue().toString());
    }

    private static Object proxies(GatewayConfig config) {
        Map<String, String> proxies = new TreeMap<>();
        config.variables()
                .forEach((name, value) -> {
                    if (name.toLowerCase(Locale.ROOT).endsWith("_proxy")) {
                        proxies.put(name, value.reveal());
                    }
                });
        return proxies;
    }

    private static String raw(@Nullable Setting setting) {
        return setting == null ? "" : setting.raw();
    }

    /**
     * In what a config differs from the one that the process began with, and is not followed.
     *
     * @param started what the process began with
     */
    static List<String> blocks(GatewayConfig started, GatewayConfig changed) {
        return FIXED.entrySet().stream()
                .filter(block ->
                        !block.getValue().apply(started).equals(block.getValue().apply(changed)))
                .map(Map.Entry::getKey)
                .toList();
    }
}
