package dev.sluice.providers.protocol;

import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.schemas.config.Secret;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Targets of providers that take JSON and a bearer token. */
final class BearerTarget {

    private BearerTarget() {}

    /**
     * A target.
     *
     * @param keyVariables where the key is looked up if the config has none, in turn
     * @throws IllegalArgumentException if there is no key
     */
    static UpstreamTarget of(ProtocolSettings settings, String url, List<String> keyVariables) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Content-Type", "application/json"));
        headers.add(Map.entry("Authorization", "Bearer " + key(settings, keyVariables)));
        settings.extraHeaders()
                .forEach((name, value) -> headers.add(Map.entry(name, value.reveal())));
        return UpstreamTarget.of(URI.create(url), headers);
    }

    private static String key(ProtocolSettings settings, List<String> keyVariables) {
        Secret stated = settings.apiKey();
        String key = stated == null ? null : stated.reveal();
        for (String name : keyVariables) {
            key = key == null ? settings.environment().apply(name) : key;
        }
        if (key == null) {
            throw new IllegalArgumentException(
                    "%s needs an api_key, or %s".formatted(settings.provider(), keyVariables));
        }
        return key;
    }

    /** The base of an API: LiteLLM's users also write whole URLs of its endpoints. */
    static String base(ProtocolSettings settings, String usual, List<String> endings) {
        String stated = settings.apiBase();
        String base = stated == null ? usual : stated;
        base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        for (String ending : endings) {
            if (base.endsWith(ending)) {
                base = base.substring(0, base.length() - ending.length());
            }
        }
        return base;
    }
}
