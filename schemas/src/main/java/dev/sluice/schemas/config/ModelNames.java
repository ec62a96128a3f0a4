package dev.sluice.schemas.config;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** All names that a model can be called by. */
final class ModelNames {

    private final Set<String> names = new HashSet<>();
    private final Set<String> patterns = new HashSet<>();

    ModelNames(List<ModelEntry> entries) {
        for (ModelEntry entry : entries) {
            names.add(entry.modelName());
            names.add(entry.deploymentId());
            if (entry.info().teamPublicModelName() != null) {
                names.add(entry.info().teamPublicModelName());
            }
            if (entry.modelName().indexOf('*') >= 0) {
                patterns.add(entry.modelName());
            }
        }
    }

    void add(String alias) {
        names.add(alias);
    }

    Set<String> all() {
        return names;
    }

    boolean contains(String name) {
        return names.contains(name)
                || patterns.stream().anyMatch(pattern -> matches(pattern, name));
    }

    /** Whether a name is one that a pattern stands for; greedy, in linear steps a star. */
    private static boolean matches(String pattern, String name) {
        String[] parts = pattern.split("\\*", -1);
        if (!name.startsWith(parts[0]) || !name.endsWith(parts[parts.length - 1])) {
            return false;
        }
        int at = parts[0].length();
        for (int i = 1; i < parts.length - 1; i++) {
            int found = name.indexOf(parts[i], at);
            if (found < 0) {
                return false;
            }
            at = found + parts[i].length();
        }
        return name.length() - parts[parts.length - 1].length() >= at;
    }
}
