package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class MainTest {

    private final ByteArrayOutputStream results = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    @TempDir private Path folder;

    @Test
    void helps() {
        assertThat(run("help")).isZero();
        assertThat(results.toString(UTF_8))
                .contains("demo", "--simulator-port", "spend-aggregator");
        assertThat(complaints.toString(UTF_8)).isEmpty();
    }

    @Test
    void complainsInOneLineAboutWhatItDoesNotUnderstand() {
        assertThat(run("start", "--prot", "1")).isEqualTo(2);
        assertThat(complaints.toString(UTF_8))
                .isEqualToIgnoringNewLines("sluice: start does not know '--prot'");
        assertThat(results.toString(UTF_8)).isEmpty();
    }

    @Test
    void tellsThatAConfigIsRight() throws Exception {
        Path config =
                config(
                        """
                        model_list:
                          - model_name: gpt-4o
                            litellm_params: {model: openai/gpt-4o, api_key: os.environ/MY_KEY}
                        general_settings:
                          alerting: [slack]
                        """);

        int status = run("start", "--config", config.toString(), "--check");

        assertThat(status).isZero();
        assertThat(results.toString(UTF_8)).contains("is right", "1 deployments");
        assertThat(complaints.toString(UTF_8)).contains(":5:", "alerting", "not enforced yet");
    }

    @Test
    void tellsEverythingThatIsWrongWithAConfig() throws Exception {
        Path config =
                config(
                        """
                        model_list:
                          - model_name: gpt-4o
                            litellm_params: {model: openai/gpt-4o, api_key: os.environ/ABSENT}
                          - model_name: gpt-4o
                            litellm_params: {model: openai/gpt-4o, api_key: os.environ/ABSENT_TOO}
                        general_settings:
                          master_key: os.environ/ABSENT_MASTER
                          database_url: mysql://root:geheim@db/books
                        """);

        int status = run("start", "--config", config.toString(), "--check");

        assertThat(status).isEqualTo(1);
        assertThat(complaints.toString(UTF_8).lines())
                .anySatisfy(line -> assertThat(line).contains(":3:", "ABSENT"))
                .anySatisfy(line -> assertThat(line).contains(":5:", "ABSENT_TOO"))
                .anySatisfy(line -> assertThat(line).contains(":7:", "ABSENT_MASTER"))
                .anySatisfy(line -> assertThat(line).contains(":8:", "postgresql://"))
                .noneSatisfy(line -> assertThat(line).contains("geheim"));
        assertThat(results.toString(UTF_8)).isEmpty();
    }

    @Test
    void tellsEveryMistakeOfTheFileItself() throws Exception {
        Path config =
                config(
                        """
                        model_list:
                          - litellm_params: {model: openai/gpt-4o}
                        router_settings: {routing_strategy: random, num_retries: -1}
                        """);

        assertThat(run("start", "--config", config.toString(), "--check")).isEqualTo(1);
        assertThat(complaints.toString(UTF_8)).contains("model_name", "random", "num_retries");
    }

    @Test
    void tellsWhatRedisLacksWithoutRefusing() throws Exception {
        Path config =
                config(
                        """
                        litellm_settings:
                          cache: true
                          cache_params: {type: redis, host: os.environ/ABSENT, port: 6379}
                        """);

        assertThat(run("start", "--config", config.toString(), "--check")).isZero();
        assertThat(complaints.toString(UTF_8)).contains(":3:", "environment variable ABSENT");
    }

    @Test
    void looksNumbersUpWhereItLooksUpSecrets() throws Exception {
        Path config = config("router_settings: {num_retries: os.environ/MY_KEY}");

        assertThat(run("start", "--config", config.toString(), "--check")).isEqualTo(1);
        assertThat(complaints.toString(UTF_8))
                .contains(":1:", "another value of os.environ/MY_KEY")
                .doesNotContain("sk-mine");
    }

    @Test
    void refusesToCheckNothing() {
        assertThat(run("start", "--check")).isEqualTo(2);
    }

    @Test
    void refusesAConfigThatIsNotThere() {
        assertThat(run("start", "--config", folder.resolve("none.yaml").toString())).isEqualTo(1);
        assertThat(complaints.toString(UTF_8)).hasLineCount(1).contains("none.yaml");
    }

    @Test
    void refusesToBeOpenToEverybodyWithoutAMasterKey() {
        int status = run("start", "--host", "0.0.0.0", "--data", folder.resolve("data").toString());

        assertThat(status).isEqualTo(1);
        assertThat(complaints.toString(UTF_8)).hasLineCount(1).contains("master_key");
    }

    @Test
    void refusesALoneServiceThatFindsNoOther() throws Exception {
        String config = config("general_settings: {master_key: sk-1234}").toString();

        assertThat(run("ingress", "--config", config)).isEqualTo(1);
        assertThat(run("router-worker", "--config", config)).isEqualTo(1);
        assertThat(run("spend-aggregator", "--config", config)).isEqualTo(1);
        assertThat(complaints.toString(UTF_8).lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).contains("sluice.kafka.bootstrap_servers"),
                        line -> assertThat(line).contains("sluice.kafka.bootstrap_servers"),
                        line -> assertThat(line).contains("general_settings.database_url"));
    }

    @Test
    void refusesALatencyProfileThatDoesNotExist() {
        assertThat(run("simulator", "--port", "0", "--profile", "warp")).isEqualTo(1);
        assertThat(complaints.toString(UTF_8)).hasLineCount(1).contains("warp");
    }

    private Path config(String text) throws IOException {
        return Files.writeString(folder.resolve("config.yaml"), text);
    }

    @SuppressWarnings("NullAway") // Null says that a variable is not set.
    private int run(String... arguments) {
        var console =
                new Console(
                        new PrintStream(results, true, UTF_8),
                        new PrintStream(complaints, true, UTF_8));
        Map<String, String> environment = Map.of("MY_KEY", "sk-mine");
        return new Main(console, new Home(folder.resolve("home")), environment::get)
                .run(List.of(arguments));
    }
}
