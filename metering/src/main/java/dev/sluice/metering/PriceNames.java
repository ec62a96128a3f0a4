package dev.sluice.metering;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names under which a model may stand in a price book. Only what certainly means the same model
 * at the same price is left out of a name: a date, a path, a region without a surcharge.
 */
final class PriceNames {

    private static final Pattern DAY = Pattern.compile("(.+)-\\d{4}-\\d{2}-\\d{2}");
    private static final Pattern COMPACT_DAY = Pattern.compile("(.+)[-@]20\\d{6}");

    /** OpenAI's older snapshots; elsewhere four digits are another model. */
    private static final Pattern MONTH_AND_DAY = Pattern.compile("(.+)-(?:0[1-9]|1[0-2])\\d{2}");

    private static final Pattern LATEST = Pattern.compile("(.+)[-@](?:latest|default)");
    private static final Pattern FINE_TUNED = Pattern.compile("(ft:[^:]+):.*");
    private static final String AZURE = "azure";
    private static final String BEDROCK = "bedrock";
    private static final String OPENAI = "openai";
    private static final String VERTEX = "vertex_ai";
    private static final Map<String, String> ALIASES =
            Map.of(
                    "bedrock_converse", BEDROCK,
                    "cohere_chat", "cohere",
                    "text-completion-openai", OPENAI,
                    "azure_text", AZURE,
                    "vertex_ai_beta", VERTEX);

    private PriceNames() {}

    /** The one name of a provider for its several ones. */
    static String provider(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith(VERTEX + "-") ? VERTEX : ALIASES.getOrDefault(lower, lower);
    }

    /** A model's name in lower case and without its provider in front. */
    static String model(String provider, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        int slash = lower.indexOf('/');
        return slash > 0 && provider(lower.substring(0, slash)).equals(provider)
                ? lower.substring(slash + 1)
                : lower;
    }

    /** The names to look under, in this order. */
    static Set<String> candidates(String provider, String model) {
        Set<String> names = new LinkedHashSet<>();
        String plain = withoutPath(provider, model);
        names.add(model);
        names.add(plain);
        addFirstGroup(names, FINE_TUNED, plain);
        if (provider.equals(BEDROCK) && plain.startsWith("global.")) {
            // Other geographies have a surcharge for some models: those stand in the book.
            names.add(plain.substring("global.".length()));
        }
        addFirstGroup(names, DAY, plain);
        addFirstGroup(names, COMPACT_DAY, plain);
        if (provider.equals(OPENAI) || provider.equals(AZURE)) {
            addFirstGroup(names, MONTH_AND_DAY, plain);
        }
        addFirstGroup(names, LATEST, plain);
        return names;
    }

    private static String withoutPath(String provider, String model) {
        if (provider.equals("gemini") && model.startsWith("models/")) {
            return model.substring("models/".length());
        }
        int last = model.lastIndexOf("/models/");
        return provider.equals(VERTEX) && last > 0
                ? model.substring(last + "/models/".length())
                : model;
    }

    private static void addFirstGroup(Set<String> names, Pattern pattern, String name) {
        Matcher matcher = pattern.matcher(name);
        if (matcher.matches()) {
            names.add(matcher.group(1));
        }
    }
}
