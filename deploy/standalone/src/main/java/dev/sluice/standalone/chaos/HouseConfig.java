package dev.sluice.standalone.chaos;

import dev.sluice.embedded.FreePort;

import java.net.URI;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The one config file of all parts, and where each is.
 *
 * @param ports by target; they stay while processes come and go
 */
record HouseConfig(Path folder, int simulatorPort, Map<Target, Integer> ports) {

    static final String MASTER_KEY = "sk-chaos-master";

    static HouseConfig drawn(Path folder) {
        Map<Target, Integer> ports = new EnumMap<>(Target.class);
        for (Target target : Target.values()) {
            ports.put(target, FreePort.pick());
        }
        return new HouseConfig(folder, FreePort.pick(), ports);
    }

    Path file() {
        return folder.resolve("config.yaml");
    }

    int port(Target target) {
        return ports.getOrDefault(target, 0);
    }

    URI url(Target target) {
        return URI.create("http://127.0.0.1:" + port(target));
    }

    URI simulator() {
        return URI.create("http://127.0.0.1:" + simulatorPort);
    }

    String kafka() {
        return "127.0.0.1:" + port(Target.KAFKA);
    }

    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port(Target.POSTGRES));
    }

    /** The verb of a part and its options. */
    List<String> arguments(Target target) {
        String port = Integer.toString(port(target));
        String data = folder.resolve(target.label()).toString();
        String config = file().toString();
        return switch (target) {
            case INGRESS_1, INGRESS_2 ->
                    List.of("ingress", "--config", config, "--port", port, "--data", data);
            case AGGREGATOR -> List.of("spend-aggregator", "--config", config, "--port", port);
            case ROUTER -> List.of("router-worker", "--config", config, "--data", data);
            case KAFKA -> List.of("kafka", "--port", port, "--data", data);
            case POSTGRES -> List.of("postgres", "--port", port, "--data", data);
        };
    }

    /** The file's text. */
    String text(String databasePassword) {
        var models = new StringBuilder();
        for (CallKind kind : CallKind.values()) {
            for (String deployment : kind.deployments()) {
                models.append(
                        """
                          - model_name: %1$s
                            litellm_params: {model: openai/%2$s, api_base: "%3$s/d/%4$s/v1", api_key: sk-%4$s}
                            model_info: {id: %4$s}
                        """
                                .formatted(
                                        kind.modelGroup(), kind.model(), simulator(), deployment));
            }
        }
        return """
        model_list:
        %sgeneral_settings:
          master_key: %s
          database_url: "postgresql://sluice:%s@127.0.0.1:%d/postgres"
        router_settings: {num_retries: 2, timeout: 15}
        litellm_settings: {cache: true}
        sluice:
          kafka: {bootstrap_servers: "%s"}
          services: {spend_aggregator: "%s", credential: chaos-credential}
          accounts: {signing_key: chaos-signing}
        """
                .formatted(
                        models,
                        MASTER_KEY,
                        databasePassword,
                        port(Target.POSTGRES),
                        kafka(),
                        url(Target.AGGREGATOR));
    }
}
