package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.GatewayConfig.GeneralSettings;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.GatewayConfig.SluiceSettings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes {@code docs/config.md} from the records and their documentation. */
final class ConfigReference {

    private static final Path SOURCES = Path.of("src/main/java/dev/sluice/schemas/config");
    private static final Pattern DOCUMENTED =
            Pattern.compile(
                    "/\\*\\*(?<doc>(?:(?!\\*/).)*)\\*/\\s*public record (?<name>\\w+)\\(",
                    Pattern.DOTALL);
    private static final Pattern PARAM =
            Pattern.compile("@param (\\w+)\\s+(.*?)(?=@param|@return|@throws|\\z)", Pattern.DOTALL);

    /** Record → component → what is said of it. */
    private final Map<String, Map<String, String>> said = new LinkedHashMap<>();

    /** A block of the file. */
    record Section(String path, Class<?> type, String about) {}

    private ConfigReference() throws IOException {
        try (var files = Files.list(SOURCES)) {
            for (Path file : files.sorted().toList()) {
                readDocumentation(Files.readString(file));
            }
        }
    }

    static List<Section> sections() {
        return List.of(
                new Section(
                        "model_list[].litellm_params",
                        ModelParams.class,
                        "How a deployment is called. `model_name` beside it is the public name of the"
                                + " model group; entries of one name are deployments of one group,"
                                + " `*` stands for any text. A call's own parameters (`temperature`,"
                                + " `max_tokens`, `top_p`, `response_format`, `stop`, `seed`, `tools`,"
                                + " `dimensions`, `voice`, ...) are sent where the caller does not say"
                                + " them. All other keys are kept for the provider."),
                new Section(
                        "model_list[].model_info",
                        ModelInfo.class,
                        "What is known of a deployment. Keys that are not listed are kept and shown."),
                new Section("router_settings", RouterSettings.class, "Routing and retries."),
                new Section(
                        "litellm_settings",
                        LitellmSettings.class,
                        "What holds for all calls and all accounts. `cache` (true or false) switches"
                                + " the cache on, `cache_params` is below; `fallbacks`,"
                                + " `default_fallbacks`, `context_window_fallbacks`,"
                                + " `content_policy_fallbacks` and `model_group_alias` may stand here"
                                + " as well as in `router_settings`, which goes before."),
                new Section(
                        "litellm_settings.cache_params",
                        CacheParams.class,
                        "Where answers are kept, and which. `cache` and `cache_params` are read in"
                                + " `general_settings` too."),
                new Section(
                        "general_settings",
                        GeneralSettings.class,
                        "Who the operator is, where the books are, who may send what. `drop_params`"
                                + " is read here as in `litellm_settings`."),
                new Section(
                        "sluice", SluiceSettings.class, "What LiteLLM's file has no word for."));
    }

    static String page() {
        try {
            return new ConfigReference().text();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readDocumentation(String source) {
        Matcher records = DOCUMENTED.matcher(source);
        while (records.find()) {
            Map<String, String> components = new LinkedHashMap<>();
            Matcher params = PARAM.matcher(records.group("doc").replaceAll("\n\\s*\\*", "\n"));
            while (params.find()) {
                components.put(params.group(1), markdown(params.group(2)));
            }
            said.put(records.group("name"), components);
        }
    }

    private static String markdown(String javadoc) {
        return javadoc.replaceAll("\\s+", " ")
                .replaceAll("\\{@code ((?:[^{}]|\\{[^{}]*})*)}", "`$1`")
                .replaceAll("\\{@link #?(\\w+)}", "`$1`")
                .replace("|", "\\|")
                .strip();
    }

    private String text() {
        var page = new StringBuilder(HEAD);
        for (Section section : sections()) {
            page.append("\n## `%s`\n\n%s\n".formatted(section.path(), section.about()));
            table(page, section.path(), section.type(), isInForce(section.path()));
            Set<String> others = new TreeSet<>(KnownKeys.understood(section.path()));
            if (!others.isEmpty()) {
                page.append(
                        "\nUnderstood by name, and without effect: %s.\n"
                                .formatted(
                                        others.stream()
                                                .map("`%s`"::formatted)
                                                .collect(Collectors.joining(", "))));
            }
        }
        return page.append(TAIL).toString();
    }

    private static boolean isInForce(String path) {
        int dot = path.lastIndexOf('.');
        String key = path.substring(dot + 1).replace("[]", "");
        return KnownKeys.isInForce(dot < 0 ? "" : path.substring(0, dot), key);
    }

    private void table(StringBuilder page, String path, Class<?> type, boolean inForce) {
        page.append("\n| key | value | default | in force | |\n|---|---|---|---|---|\n");
        List<RecordComponent> nested = new ArrayList<>();
        rows(page, path, type, inForce, nested);
        for (RecordComponent component : nested) {
            String each = component.getType() == List.class ? "[]" : "";
            String below = path + "." + RecordBinder.keyOf(component) + each;
            page.append("\n### `%s`\n".formatted(below));
            boolean enforced = inForce && KnownKeys.isInForce(path, RecordBinder.keyOf(component));
            table(page, below, recordOf(component.getGenericType()), enforced);
        }
    }

    private void rows(
            StringBuilder page,
            String path,
            Class<?> type,
            boolean inForce,
            List<RecordComponent> nested) {
        for (RecordComponent component : type.getRecordComponents()) {
            Key rule = RecordBinder.ruleOf(component);
            if (rule.inline()) {
                rows(page, path, component.getType(), inForce, nested);
                continue;
            }
            if (rule.rest()) {
                continue;
            }
            if (recordOf(component.getGenericType()) != Void.class) {
                nested.add(component);
            }
            String key = RecordBinder.keyOf(component);
            String spellings =
                    Arrays.stream(rule.also())
                            .map(", `%s`"::formatted)
                            .collect(Collectors.joining());
            page.append(
                    "| `%s`%s | %s | %s | %s | %s |\n"
                            .formatted(
                                    key,
                                    spellings,
                                    value(component.getGenericType(), key, rule),
                                    standard(component, rule),
                                    inForce && KnownKeys.isInForce(path, key) ? "yes" : "not yet",
                                    documentation(type, component)));
        }
    }

    private String documentation(Class<?> type, RecordComponent component) {
        String text = said.getOrDefault(type.getSimpleName(), Map.of()).get(component.getName());
        if (text == null) {
            throw new IllegalStateException(
                    "no @param %s at %s".formatted(component.getName(), type.getSimpleName()));
        }
        return text;
    }

    private static String standard(RecordComponent component, Key rule) {
        if (!rule.standard().isEmpty()) {
            return "`" + rule.standard() + "`";
        }
        if (component.getType() == boolean.class) {
            return "`false`";
        }
        boolean required =
                component.getType() == String.class && !RecordBinder.isNullable(component);
        return required ? "required" : "";
    }

    /** The record that a value is made of, {@code Void} if it is none with a table of its own. */
    private static Class<?> recordOf(Type type) {
        if (type instanceof ParameterizedType parameterized) {
            Type[] arguments = parameterized.getActualTypeArguments();
            return recordOf(arguments[arguments.length - 1]);
        }
        Class<?> plain = (Class<?>) type;
        boolean own =
                plain.isRecord()
                        && plain != Setting.class
                        && plain != Fallbacks.class
                        && plain != RedisNode.class;
        return own ? plain : Void.class;
    }

    private static String value(Type type, String key, Key rule) {
        if (type instanceof ParameterizedType parameterized) {
            Type[] arguments = parameterized.getActualTypeArguments();
            return parameterized.getRawType() == List.class
                    ? "list of " + value(arguments[0], key, rule)
                    : "mapping of name to " + value(arguments[1], key, rule);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isEnum()) {
            return words(ScalarReader.constants(plain));
        }
        if (plain == Duration.class) {
            return key.endsWith("_ms") ? "milliseconds" : "seconds";
        }
        if (plain == String.class || plain == Setting.class) {
            return rule.oneOf().length > 0 ? words(List.of(rule.oneOf())) : rule.is().expected();
        }
        return requireNonNull(simple(plain, rule), () -> "no word for " + plain.getSimpleName());
    }

    private static @org.jspecify.annotations.Nullable String simple(Class<?> plain, Key rule) {
        if (plain == Boolean.class || plain == boolean.class) {
            return "`true`, `false`";
        }
        if (plain == BigDecimal.class || plain == Double.class) {
            return "number" + range(rule);
        }
        if (Set.of(Integer.class, int.class, Long.class, long.class).contains(plain)) {
            return "whole number" + range(rule);
        }
        if (plain == ZoneId.class) {
            return "time zone";
        }
        if (plain == Object.class) {
            return "anything";
        }
        if (plain == Fallbacks.class) {
            return "list like `[{a: [b, c]}]`";
        }
        if (plain == RedisNode.class) {
            return "`{host: h, port: 6379}` or `[h, 6379]`";
        }
        return plain.isRecord() ? "mapping, below" : null;
    }

    private static String range(Key rule) {
        if (!rule.max().isEmpty()) {
            return ", %s to %s".formatted(rule.min(), rule.max());
        }
        return rule.min().equals("0") ? "" : ", at least " + rule.min();
    }

    private static String words(List<String> words) {
        return words.stream().map("`%s`"::formatted).collect(Collectors.joining(", "));
    }

    /** All keys of a mapping, with those of its inlined records. */
    static Set<String> keysOf(Class<?> type) {
        Set<String> keys = new LinkedHashSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Key rule = RecordBinder.ruleOf(component);
            if (rule.inline()) {
                keys.addAll(keysOf(component.getType()));
            } else if (!rule.rest()) {
                keys.add(RecordBinder.keyOf(component));
            }
        }
        return keys;
    }

    private static final String HEAD =
            """
            # The config file

            <!-- Generated from the records in schemas/.../config. Change them, then write this page by
                 mvn -f schemas/pom.xml test -Dgates.skip -Dtest=ConfigReferenceTest -Dsluice.docs=write -->

            LiteLLM's `config.yaml`, and the block `sluice` beside it. `./sluice start --config FILE --check` says everything that is
            wrong with a file, each with its line, and what of it has no effect.

            A key that is understood and not in force yet, and a key that is not known, are told at start; nothing is ignored in silence.
            A file that changes is read again within about two seconds. A wrong one is refused, and what held before holds on.

            - Any value may be `os.environ/NAME`. Secrets and addresses are looked up by the service that needs them, all others while
              the file is read. `environment_variables` (a mapping of names to texts) goes before the environment of the process,
              for providers' usual variables (`OPENAI_API_KEY`, `AWS_ACCESS_KEY_ID`, ...) too.
            - `include` (a list) names further files, relative to the main one. Lists are joined, blocks merged; of two values of one key the
              included one holds, which is told. At most 100 files of 3 MiB; no circles.
            - `credential_list` has entries of `credential_name`, `credential_values` (any keys of `litellm_params`) and `credential_info`;
              a deployment names one by `litellm_credential_name` and takes from it what it does not say itself.
            - Times are seconds and may be fractions. Money is USD. YAML's anchors and `<<` work.
            - The Redis of limits is taken from `router_settings.redis_*`, else from `cache_params`, else from the environment: `REDIS_URL`, or `REDIS_HOST`,
              `REDIS_PORT`, `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_SSL`. The cache's is taken from `cache_params`, else from the environment, else from
              `router_settings`; without a `type` answers are kept there if one of the first two names it.
            """;

    private static final String TAIL =
            """

            ## Other blocks

            Understood by name, and without effect: %s.
            """
                    .formatted(
                            new TreeSet<>(KnownKeys.understood(""))
                                    .stream()
                                            .map("`%s`"::formatted)
                                            .collect(Collectors.joining(", ")));
}
