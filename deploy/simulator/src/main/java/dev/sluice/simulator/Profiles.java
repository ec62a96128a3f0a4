package dev.sluice.simulator;

import com.fasterxml.jackson.core.type.TypeReference;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All latency profiles by their names, and which model has which. */
final class Profiles {

    private static final String DEFAULT = "default";

    private final Map<String, LatencyProfile> byName;
    private final Map<String, LatencyProfile> byModel = new HashMap<>();
    private final LatencyProfile fallback;

    private Profiles(Map<String, LatencyProfile> byName) {
        this.byName = new TreeMap<>(byName);
        byName.values().forEach(p -> p.models().forEach(model -> byModel.put(model, p)));
        fallback = require(DEFAULT);
    }

    /**
     * Reads the profiles that the settings ask for.
     *
     * @throws IllegalArgumentException if the file is not readable or lacks a profile that is
     *     needed
     */
    static Profiles of(SimulatorSettings settings) {
        Profiles all = new Profiles(read(settings.profiles()));
        String only = settings.profile();
        return only == null ? all : all.withDefaultForAll(only);
    }

    Optional<LatencyProfile> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The profile of a model: its own, else that of its name without the last dashed parts. */
    LatencyProfile of(String model) {
        String name = model;
        while (true) {
            LatencyProfile profile = byModel.get(name);
            if (profile != null) {
                return profile;
            }
            int dash = name.lastIndexOf('-');
            if (dash <= 0) {
                return fallback;
            }
            name = name.substring(0, dash);
        }
    }

    private Profiles withDefaultForAll(String name) {
        Map<String, LatencyProfile> nameless = new TreeMap<>();
        byName.forEach((key, profile) -> nameless.put(key, profile.withoutModels()));
        nameless.put(DEFAULT, require(name).withoutModels());
        return new Profiles(nameless);
    }

    private LatencyProfile require(String name) {
        return named(name)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "there is no latency profile \"%s\", only %s"
                                        .formatted(name, byName.keySet())));
    }

    private static Map<String, LatencyProfile> read(@Nullable Path file) {
        try (InputStream in = file == null ? builtIn() : Files.newInputStream(file)) {
            return Json.MAPPER.readValue(in, new TypeReference<Map<String, LatencyProfile>>() {});
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "latency profiles are not readable: " + e.getMessage(), e);
        }
    }

    private static InputStream builtIn() throws IOException {
        InputStream resource = Profiles.class.getResourceAsStream("profiles.json");
        if (resource == null) {
            throw new IOException("profiles.json is not on the class path");
        }
        return resource;
    }
}
