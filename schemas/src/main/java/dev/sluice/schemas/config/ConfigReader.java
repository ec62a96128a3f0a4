package dev.sluice.schemas.config;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.GatewayConfig.GeneralSettings;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.GatewayConfig.RouterSettings;
import dev.sluice.schemas.config.GatewayConfig.SluiceSettings;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads {@code config.yaml}: all mistakes together, each with its file and line. */
public final class ConfigReader {

    private static final List<String> FALLBACKS =
            List.of(
                    "fallbacks",
                    "default_fallbacks",
                    "context_window_fallbacks",
                    "content_policy_fallbacks");

    private final Reading reading;
    private final ConfigFiles files;

    ConfigReader(Path file, UnaryOperator<String> environment) {
        this.reading = new Reading(file.toString(), environment);
        this.files = new ConfigFiles(reading, file);
    }

    /**
     * Reads a file and what it includes, in the environment of the process.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig read(Path file) throws InvalidConfigException {
        return read(file, System::getenv);
    }

    /**
     * Reads a file and what it includes.
     *
     * @param environment where {@code os.environ/NAME} of numbers, flags and plain texts is looked
     *     up; null for what is not set. Secrets and addresses are looked up by who needs them
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig read(Path file, UnaryOperator<String> environment)
            throws InvalidConfigException {
        return new ConfigReader(file, environment).read();
    }

    /**
     * Reads a text; {@code name} is the file's name in messages, and where includes start from. No
     * text is the config that has the default of everything; an empty file is none, since editors
     * empty what they are about to write.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig parse(String name, String text) throws InvalidConfigException {
        return parse(name, text, System::getenv);
    }

    /**
     * As {@link #parse(String, String)}, in an environment.
     *
     * @throws InvalidConfigException with everything that is wrong with it
     */
    public static GatewayConfig parse(String name, String text, UnaryOperator<String> environment)
            throws InvalidConfigException {
        if (text.isBlank()) {
            return GatewayConfig.empty();
        }
        var reader = new ConfigReader(Path.of(name), environment);
        return reader.config(reader.files.parse(text));
    }

    GatewayConfig read() throws InvalidConfigException {
        return config(files.load());
    }

    /** Every file that was looked for so far. */
    Set<Path> files() {
        return files.files();
    }

    private GatewayConfig config(@Nullable MappingNode tree) throws InvalidConfigException {
        if (tree == null) {
            throw reading.failure();
        }
        YamlSection root = YamlSection.of("", tree, reading);
        environmentVariables(root);
        Map<String, YamlSection> credentials = credentials(root);
        List<ModelEntry> models = new ModelListReader(reading, credentials).read(root);
        YamlSection litellm = root.section("litellm_settings");
        YamlSection general = root.section("general_settings");
        YamlSection router = root.section("router_settings");
        YamlSection sluice = root.section("sluice");
        root.take("include");
        shareKeys(litellm, general, router);

        RouterSettings routing = RecordBinder.bindWhole(RouterSettings.class, router);
        CacheSettings cache = cache(litellm, routing);
        GeneralSettings generals = RecordBinder.bindWhole(GeneralSettings.class, general);
        LitellmSettings litellms = RecordBinder.bindWhole(LitellmSettings.class, litellm);
        SluiceSettings ours = RecordBinder.bindWhole(SluiceSettings.class, sluice);
        root.noticeTheRest();

        var checks = new CrossChecks(reading);
        checks.weights(models);
        if (routing != null) {
            checks.names(router, routing, models);
        }
        if (ours != null) {
            checks.journal(sluice.section("journal"), ours.journal());
        }
        if (reading.failed()
                || cache == null
                || routing == null
                || generals == null
                || litellms == null
                || ours == null) {
            throw reading.failure();
        }
        return new GatewayConfig(
                models,
                cache,
                routing,
                generals,
                litellms,
                ours,
                new RedisChoice(reading).of(routing.redis(), cache),
                reading.assigned(),
                reading.notices());
    }

    private void environmentVariables(YamlSection root) {
        YamlSection variables = root.section("environment_variables");
        for (String name : variables.names()) {
            Node value = variables.take(name);
            if (value instanceof ScalarNode scalar) {
                String text = scalar.getValue();
                String other = Setting.variableOf(text);
                String known = other == null ? text : reading.variable(other);
                if (known != null) {
                    reading.assign(name, new Secret(known));
                }
            } else if (value != null) {
                variables.reject(name, value, "a text");
            }
        }
    }

    private Map<String, YamlSection> credentials(YamlSection root) {
        Map<String, YamlSection> credentials = new LinkedHashMap<>();
        for (YamlSection entry : root.sections("credential_list")) {
            String name = entry.text("credential_name");
            YamlSection values = entry.section("credential_values");
            entry.take("credential_info");
            entry.noticeTheRest();
            if (name == null || name.isBlank()) {
                entry.missing("credential_name");
            } else if (credentials.put(name, values) != null) {
                Node at = entry.take("credential_name");
                if (at != null) {
                    entry.reject(
                            "credential_name",
                            at,
                            Described.quoted(name) + " again",
                            "a name of its own");
                }
            }
        }
        return credentials;
    }

    /** What may stand in two blocks; LiteLLM's own place goes first. */
    private static void shareKeys(YamlSection litellm, YamlSection general, YamlSection router) {
        for (String key : List.of("cache", "cache_params")) {
            if (litellm.has(key) && general.has(key)) {
                general.notice(key, "has no effect: litellm_settings." + key + " holds");
            }
            litellm.inherit(key, general, key);
        }
        litellm.inherit("drop_params", general, "drop_params");
        router.inherit("num_retries", litellm, "num_retries");
        router.inherit("timeout", litellm, "request_timeout");
        FALLBACKS.forEach(key -> router.inherit(key, litellm, key));
        router.inherit("model_group_alias", litellm, "model_group_alias");
    }

    private @Nullable CacheSettings cache(YamlSection litellm, @Nullable RouterSettings routing) {
        Boolean enabled = litellm.flag("cache");
        YamlSection params = litellm.section("cache_params");
        YamlSection kwargs = litellm.section("cache_kwargs");
        params.inherit("similarity_threshold", kwargs, "similarity_threshold");
        boolean similar = Boolean.TRUE.equals(kwargs.flag("semantic_similarity"));
        CacheParams read = RecordBinder.bindWhole(CacheParams.class, params);
        if (read == null) {
            return null;
        }
        var choice = new RedisChoice(reading);
        boolean isShared =
                params.has("type") ? read.isRedis() : choice.isMeantForAnswers(read.redis());
        RouterRedis other = routing == null ? RouterRedis.NONE : routing.redis();
        boolean semantic =
                similar
                        || read.type().endsWith("-semantic")
                        || (read.type().equals("redis")
                                && read.semantic().similarityThreshold() != null);
        var cache =
                new CacheSettings(
                        Boolean.TRUE.equals(enabled),
                        read,
                        semantic,
                        isShared ? choice.ofAnswers(read.redis(), other) : null);
        var checks = new CrossChecks(reading);
        checks.cache(params, cache);
        checks.sentinels(params, cache);
        return cache;
    }
}
