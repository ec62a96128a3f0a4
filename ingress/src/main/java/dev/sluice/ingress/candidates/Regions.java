package dev.sluice.ingress.candidates;

import dev.sluice.schemas.config.GatewayConfig.SluiceSettings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How far deployments are from this gateway, in milliseconds of a round trip.
 *
 * <p>Regions have names like {@code us-east}, of which {@code us-east-1} is a part. Of the table's
 * entries the one counts that names both most closely; where none names both, their continents
 * tell.
 */
public final class Regions {

    /** Of regions of which nothing is known but that they are not the gateway's. */
    public static final int FARTHEST = 100_000;

    private static final int HERE = 0;

    /**
     * North America, Europe, Asia and the Pacific, South America, the Middle East and Africa, by
     * the first word of their regions' names at the clouds.
     */
    private static final List<Pattern> CONTINENTS =
            Stream.of(
                            "us|usa|ca|canada[a-z]*|mx|mexico[a-z]*|northamerica|[a-z]*us[0-9]?",
                            "eu|europe|[a-z]*europe|uk[a-z]*|(france|germany|italy|norway|poland"
                                    + "|spain|sweden|switzerland)[a-z]*",
                            "ap|asia|[a-z]*asia|cn|au|in|jp|kr|sg|(australia|japan|korea)[a-z]*"
                                    + "|[a-z]*india",
                            "sa|southamerica|brazil[a-z]*",
                            "me|il|(israel|qatar|uae)[a-z]*",
                            "af|africa|southafrica[a-z]*")
                    .map(Pattern::compile)
                    .toList();

    /** Coarse figures of round trips between their regions, in the order of the continents. */
    private static final int[][] MILLIS = {
        {60, 90, 180, 120, 180, 220},
        {90, 30, 200, 200, 110, 150},
        {180, 200, 100, 300, 150, 250},
        {120, 200, 300, 60, 280, 320},
        {180, 110, 150, 280, 40, 180},
        {220, 150, 250, 320, 180, 60}
    };

    private final @Nullable String home;
    private final Map<String, Map<String, Integer>> table = new HashMap<>();

    /**
     * Distances from a region.
     *
     * @param home where the gateway stands; null where nobody said: then nothing is far
     * @param distances from one region to others; what is said of one direction holds for both,
     *     unless the other is said too
     */
    public Regions(@Nullable String home, Map<String, Map<String, Integer>> distances) {
        this.home = home == null ? null : lower(home);
        distances.forEach((from, others) ->
                others.forEach((to, millis) -> from(lower(from)).put(lower(to), millis)));
        distances.forEach((from, others) ->
                others.forEach((to, millis) -> from(lower(to)).putIfAbsent(lower(from), millis)));
    }

    /** The config's. */
    public static Regions of(SluiceSettings settings) {
        return new Regions(settings.region(), settings.regionDistances());
    }

    private Map<String, Integer> from(String region) {
        return table.computeIfAbsent(region, _ -> new HashMap<>());
    }

    /** Where the gateway stands, null where nobody said. */
    public @Nullable String home() {
        return home;
    }

    /** Milliseconds to a region and back; 0 where it is not known where either stands. */
    public int millisTo(@Nullable String region) {
        if (home == null || region == null) {
            return HERE;
        }
        String there = lower(region);
        Integer said = said(home, there);
        if (said != null) {
            return said;
        }
        if (there.equals("global") || isPart(there, home) || isPart(home, there)) {
            return HERE;
        }
        int from = continent(home);
        int to = continent(there);
        return from < 0 || to < 0 ? FARTHEST : MILLIS[from][to];
    }

    private @Nullable Integer said(String from, String to) {
        for (String near : wholes(from)) {
            Map<String, Integer> others = table.getOrDefault(near, Map.of());
            for (String far : wholes(to)) {
                Integer millis = others.get(far);
                if (millis != null) {
                    return millis;
                }
            }
        }
        return null;
    }

    /** A region and those that it is a part of, the closest first. */
    private static List<String> wholes(String region) {
        List<String> wholes = new ArrayList<>();
        for (int end = region.length(); end > 0; end = region.lastIndexOf('-', end - 1)) {
            wholes.add(region.substring(0, end));
        }
        return wholes;
    }

    /** Whether a region is another one or in it; {@code eu} is what others call {@code europe}. */
    static boolean isIn(@Nullable String where, String bound) {
        if (where == null) {
            return false;
        }
        String place = lower(where);
        String whole = lower(bound);
        return isPart(place, whole) || (whole.equals("eu") && place.startsWith("europe"));
    }

    private static boolean isPart(String place, String whole) {
        return place.equals(whole) || place.startsWith(whole + "-");
    }

    private static String lower(String region) {
        return region.toLowerCase(Locale.ROOT);
    }

    /** The continent that a region's name begins with, -1 for none. */
    private static int continent(String region) {
        int hyphen = region.indexOf('-');
        String first = hyphen < 0 ? region : region.substring(0, hyphen);
        for (int i = 0; i < CONTINENTS.size(); i++) {
            if (CONTINENTS.get(i).matcher(first).matches()) {
                return i;
            }
        }
        return -1;
    }
}
