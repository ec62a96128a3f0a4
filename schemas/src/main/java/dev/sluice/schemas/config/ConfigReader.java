package dev.sluice.schemas.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.GatewayConfig.GeneralSettings;
import dev.sluice.schemas.config.GatewayConfig.HttpLimits;
import dev.sluice.schemas.config.GatewayConfig.JournalSettings;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.GatewayConfig.SluiceSettings;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code config.yaml}: all mistakes together, each with its line. */
public final class ConfigReader {

    private static final Set<String> STRATEGIES = Set.of("simple-shuffle", "latency-based-routing");

    private final String file;
    private final List<Problem> problems = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final Map<String, Integer> ordinals = new HashMap<>();

    private ConfigReader(String file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig read(Path path) throws InvalidConfigException {
        String name = path.toString();
        try {
            return parse(name, Files.readString(path, UTF_8));
        } catch (IOException e) {
            throw new InvalidConfigException(
                    new Problem(name, 1, "no readable file", "a config file in UTF-8"));
        }
    }

    /**
     * Reads a text; {@code name} is the file's name in messages.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig parse(String name, String text) throws InvalidConfigException {
        return new ConfigReader(name).parse(text);
    }

    private GatewayConfig parse(String text) throws InvalidConfigException {
        YamlSection root = YamlSection.of("", file, compose(text), problems);
        List<ModelEntry> models =
                root.sections("model_list").stream().map(this::modelEntry).toList();
        RouterSettings routerDefaults = RouterSettings.DEFAULTS;
        YamlSection litellm = root.section("litellm_settings");
        YamlSection general = root.section("general_settings");
        CacheSettings cache = cache(litellm, general);
        RouterSettings router = router(root.section("router_settings"), litellm, routerDefaults);
        var generalSettings =
                new GeneralSettings(general.setting("master_key"), general.setting("database_url"));
        SluiceSettings sluice = sluice(root.section("sluice"));
        litellm.noticeTheRest(KnownKeys.LITELLM_SETTINGS, notices);
        general.noticeTheRest(KnownKeys.GENERAL_SETTINGS, notices);
        root.noticeTheRest(KnownKeys.TOP_LEVEL, notices);
        if (!problems.isEmpty()) {
            problems.sort(Comparator.comparingInt(Problem::line));
            throw new InvalidConfigException(problems);
        }
        return new GatewayConfig(models, cache, router, generalSettings, sluice, notices);
    }

    private @Nullable Node compose(String text) throws InvalidConfigException {
        try {
            return new Yaml(new LoaderOptions()).compose(new StringReader(text));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new InvalidConfigException(
                    new Problem(file, line, requireNonNullElse(e.getProblem(), "a slip"), "YAML"));
        } catch (YAMLException e) {
            throw new InvalidConfigException(
                    new Problem(file, 1, String.valueOf(e.getMessage()), "YAML"));
        }
    }

    private ModelEntry modelEntry(YamlSection entry) {
        String name = entry.requiredText("model_name");
        YamlSection params = entry.section("litellm_params");
        String model = params.requiredText("model");
        YamlSection info = entry.section("model_info");
        String id = info.text("id");
        Setting apiKey = params.setting("api_key");
        Setting apiBase = params.setting("api_base");
        String provider = params.text("custom_llm_provider");
        if (id == null) {
            id = derivedId(List.of(name, model, raw(apiBase), raw(apiKey)));
        }
        var read =
                new ModelEntry(
                        id,
                        name,
                        model,
                        provider,
                        apiKey,
                        apiBase,
                        params.seconds("timeout"),
                        params.seconds("stream_timeout"),
                        asDouble(params.decimal("weight")),
                        params.wholeNumber("rpm"),
                        params.wholeNumber("tpm"),
                        params.decimal("input_cost_per_token"),
                        params.decimal("output_cost_per_token"),
                        params.decimal("cache_read_input_token_cost"),
                        info.text("base_model"),
                        params.text("region_name"),
                        file,
                        entry.line());
        params.noticeTheRest(KnownKeys.LITELLM_PARAMS, notices);
        info.noticeTheRest(KnownKeys.MODEL_INFO, notices);
        entry.noticeTheRest(Set.of(), notices);
        return read;
    }

    /** From what is written, never from a resolved secret, so that it survives a key's rotation. */
    private String derivedId(List<String> parts) {
        String text = String.join("\u0000", parts);
        int ordinal = ordinals.merge(text, 1, Integer::sum);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest((text + "\u0000" + ordinal).getBytes(UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The seed writes the cache under {@code general_settings}, LiteLLM reads the other block. */
    private CacheSettings cache(YamlSection litellm, YamlSection general) {
        Boolean enabled = litellm.flag("cache");
        YamlSection params = litellm.section("cache_params");
        Boolean generalFlag = general.flag("cache");
        YamlSection generalParams = general.section("cache_params");
        if (enabled == null) {
            enabled = generalFlag;
            params = generalParams;
        }
        Duration ttl = params.seconds("ttl");
        Long maxBytes = params.wholeNumber("max_bytes");
        params.text("type");
        params.noticeTheRest(KnownKeys.CACHE_PARAMS, notices);
        return new CacheSettings(
                Boolean.TRUE.equals(enabled),
                ttl == null ? CacheSettings.OFF.ttl() : ttl,
                maxBytes == null ? CacheSettings.OFF.maxBytes() : maxBytes);
    }

    private RouterSettings router(
            YamlSection router, YamlSection litellm, RouterSettings defaults) {
        String strategy = router.text("routing_strategy");
        if (strategy != null && !STRATEGIES.contains(strategy)) {
            router.reject(
                    "routing_strategy",
                    strategy,
                    "one of " + String.join(", ", STRATEGIES.stream().sorted().toList()));
        }
        Long retries = router.wholeNumber("num_retries");
        Long litellmRetries = litellm.wholeNumber("num_retries");
        Duration retryAfter = router.seconds("retry_after");
        Duration timeout = router.seconds("timeout");
        Duration litellmTimeout = litellm.seconds("request_timeout");
        var read =
                new RouterSettings(
                        strategy,
                        Math.toIntExact(
                                first(retries, litellmRetries, (long) defaults.numRetries())),
                        first(retryAfter, null, defaults.retryAfter()),
                        first(timeout, litellmTimeout, defaults.timeout()),
                        router.seconds("stream_timeout"),
                        router.seconds("latency_threshold"));
        router.noticeTheRest(KnownKeys.ROUTER_SETTINGS, notices);
        return read;
    }

    private SluiceSettings sluice(YamlSection sluice) {
        YamlSection kafka = sluice.section("kafka");
        String bootstrap = kafka.text("bootstrap_servers");
        Map<String, String> properties = kafka.texts("properties");
        Long partitions = kafka.wholeNumber("partitions");
        YamlSection services = sluice.section("services");
        YamlSection journal = sluice.section("journal");
        YamlSection http = sluice.section("http");
        var read =
                new SluiceSettings(
                        bootstrap == null
                                ? null
                                : new KafkaSettings(
                                        bootstrap,
                                        properties,
                                        partitions == null ? null : Math.toIntExact(partitions)),
                        services.setting("spend_aggregator"),
                        services.setting("credential"),
                        sluice.text("instance_id"),
                        sluice.text("region"),
                        journal(journal),
                        http(http));
        kafka.noticeTheRest(Set.of(), notices);
        services.noticeTheRest(Set.of("batch_service"), notices);
        journal.noticeTheRest(Set.of("durability"), notices);
        http.noticeTheRest(Set.of(), notices);
        sluice.noticeTheRest(Set.of("accounts"), notices);
        return read;
    }

    private static JournalSettings journal(YamlSection journal) {
        JournalSettings defaults = JournalSettings.DEFAULTS;
        String whenFull = journal.text("when_full");
        if (whenFull != null && !Set.of("serve", "refuse").contains(whenFull)) {
            journal.reject("when_full", whenFull, "serve or refuse");
        }
        return new JournalSettings(
                first(journal.wholeNumber("max_bytes"), null, defaults.maxBytes()),
                first(journal.wholeNumber("segment_bytes"), null, defaults.segmentBytes()),
                first(journal.milliseconds("fsync_interval_ms"), null, defaults.fsyncInterval()),
                "refuse".equals(whenFull)
                        ? JournalSettings.WhenFull.REFUSE
                        : JournalSettings.WhenFull.SERVE);
    }

    private static HttpLimits http(YamlSection http) {
        HttpLimits defaults = HttpLimits.DEFAULTS;
        return new HttpLimits(
                first(http.wholeNumber("max_request_bytes"), null, defaults.maxRequestBytes()),
                first(http.wholeNumber("max_bytes_in_flight"), null, defaults.maxBytesInFlight()),
                first(http.seconds("body_timeout"), null, defaults.bodyTimeout()),
                Math.toIntExact(
                        first(
                                http.wholeNumber("max_connections"),
                                null,
                                (long) defaults.maxConnections())));
    }

    private static <T> T first(@Nullable T first, @Nullable T second, T otherwise) {
        return first != null ? first : second != null ? second : otherwise;
    }

    private static String raw(@Nullable Setting setting) {
        return setting == null ? "" : setting.raw();
    }

    private static @Nullable Double asDouble(java.math.@Nullable BigDecimal number) {
        return number == null ? null : number.doubleValue();
    }
}
