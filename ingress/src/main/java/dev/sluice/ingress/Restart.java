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
        fixed.put("sluice", config -> config.sluice().toString());
        return fixed;
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

    /** The blocks in which two configs differ and that a running process keeps as they were. */
    static List<String> blocks(GatewayConfig before, GatewayConfig after) {
        return FIXED.entrySet().stream()
                .filter(block ->
                        !block.getValue().apply(before).equals(block.getValue().apply(after)))
                .map(Map.Entry::getKey)
                .toList();
    }
}
