package dev.sluice.standalone;

import dev.sluice.ingress.upstream.ModelCatalog;
import dev.sluice.providers.tokens.ProviderTokens;
import dev.sluice.providers.tokens.TokenWatcher;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;
import dev.sluice.schemas.config.RedisSettings;
import dev.sluice.schemas.config.Setting;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Everything that a start would refuse, told without starting. */
final class ConfigCheck {

    private ConfigCheck() {}

    /**
     * What a check found.
     *
     * @param problems what a start would refuse; empty for a right config
     * @param notices what would have no effect
     */
    record Findings(List<String> problems, List<String> notices, int deployments) {}

    static Findings of(Path file, UnaryOperator<String> environment) {
        GatewayConfig config;
        try {
            config = ConfigReader.read(file, environment);
        } catch (InvalidConfigException e) {
            return new Findings(texts(e.problems()), List.of(), 0);
        }
        List<Problem> problems = new ArrayList<>();
        List<String> notices = new ArrayList<>(config.notices());
        collect(problems, () -> Credentials.of(config, environment));
        Setting database = config.general().databaseUrl();
        if (database != null) {
            collect(problems, () -> Databases.configured(database, config.general(), environment));
        }
        RedisSettings redis = config.redis();
        if (redis != null) {
            notices.addAll(ofRedis(redis, environment));
        }
        RedisSettings answers = config.cache().redis();
        if (answers != null && !answers.equals(redis)) {
            notices.addAll(ofRedis(answers, environment));
        }
        int[] deployments = new int[1];
        collect(
                problems,
                () -> {
                    var tokens = new ProviderTokens(TokenWatcher.NONE);
                    ModelCatalog catalog = ModelCatalog.of(config, environment, tokens);
                    notices.addAll(catalog.notices());
                    deployments[0] = catalog.deploymentIds().size();
                });
        return new Findings(texts(problems), notices, deployments[0]);
    }

    /** A start goes on without Redis, so what is wrong with its address is only told. */
    private static List<String> ofRedis(RedisSettings redis, UnaryOperator<String> environment) {
        List<Problem> problems = new ArrayList<>();
        collect(problems, () -> redis.in(environment));
        return texts(problems);
    }

    /** One step of a start that may find mistakes. */
    private interface Step {
        void run() throws InvalidConfigException;
    }

    private static void collect(List<Problem> problems, Step step) {
        try {
            step.run();
        } catch (InvalidConfigException e) {
            problems.addAll(e.problems());
        }
    }

    private static List<String> texts(List<Problem> problems) {
        return problems.stream().map(Problem::toString).toList();
    }
}
